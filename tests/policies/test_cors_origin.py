"""`cors-origin` on plain programs: workloads, Ingresses, APIs, function URLs, response headers, buckets."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.cors_origin import NGINX, RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

PAGE = "https://shop.example.com"


def workload(**variables: Any) -> Resource:
    env = [{"name": name, "value": value} for name, value in variables.items()]
    props = {
        "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": [{"name": "app", "env": env}]}}},
    }
    return resource("kubernetes:apps/v1:Deployment", "it", props)


def ingress(**annotations: str) -> Resource:
    said = {f"{NGINX}{key.replace('_', '-')}": value for key, value in annotations.items()}
    return resource("kubernetes:networking.k8s.io/v1:Ingress", "it", {"metadata": {"annotations": said}})


def api(origins: Any, credentials: Any = None) -> Resource:
    said = {"corsConfiguration": {"allowOrigins": origins, "allowCredentials": credentials}}
    return resource("aws:apigatewayv2/api:Api", "it", said)


def headers(origins: Any, credentials: Any) -> Resource:
    said = {
        "corsConfig": {
            "accessControlAllowOrigins": {"items": origins},
            "accessControlAllowCredentials": credentials,
        }
    }
    return resource("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "it", said)


def bucket(*origins: Any) -> Resource:
    said = {"corsRules": [{"allowedOrigins": list(origins), "allowedMethods": ["GET"]}]}
    return resource("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "it", said)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (workload(CORS_ORIGINS=PAGE), Verdict.PASS),
        (
            workload(CORS_ORIGINS=f"{PAGE},https://admin.example.com", CORS_ALLOW_CREDENTIALS="true"),
            Verdict.PASS,
        ),
        (workload(CORS_ALLOWED_ORIGINS=f'["{PAGE}"]'), Verdict.PASS),
        (workload(CORS_ORIGINS="*", CORS_ALLOW_CREDENTIALS="false"), Verdict.PASS),
        (workload(CORS_ORIGINS="*", CORS_CREDENTIALS="true"), Verdict.FAIL),
        (workload(CORS_ALLOWED_ORIGINS=f'["{PAGE}", "*"]', CORS_ALLOW_CREDENTIALS="1"), Verdict.FAIL),
        (workload(CORS_ORIGINS="*"), Verdict.UNKNOWN),
        (workload(CORS_ORIGINS="http://shop.example.com"), Verdict.FAIL),
        (workload(DJANGO_CORS_ALLOWED_ORIGINS="http://localhost:3000"), Verdict.FAIL),
        (workload(CORS_ORIGINS=UNKNOWN), Verdict.UNKNOWN),
        (workload(CORS_ENABLED="true"), Verdict.NOT_APPLICABLE),
        (ingress(enable_cors="true"), Verdict.FAIL),
        (ingress(enable_cors="true", cors_allow_origin=PAGE), Verdict.PASS),
        (ingress(enable_cors="true", cors_allow_origin="*", cors_allow_credentials="false"), Verdict.PASS),
        (ingress(cors_allow_origin="*"), Verdict.NOT_APPLICABLE),
        (api(["*"]), Verdict.PASS),
        (api(["*"], True), Verdict.FAIL),
        (api(["*"], UNKNOWN), Verdict.UNKNOWN),
        (api([PAGE, "http://old.example.com"]), Verdict.FAIL),
        (api([UNKNOWN, PAGE]), Verdict.UNKNOWN),
        (headers(["*"], False), Verdict.PASS),
        (headers(["*"], True), Verdict.FAIL),
        (bucket("*"), Verdict.PASS),
        (bucket(PAGE, "http://shop.example.com"), Verdict.FAIL),
    ],
)
def test_each_place_is_read(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def test_plain_http_may_be_on_a_stage_that_is_no_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "dev")
    assert verdict(RULE, workload(CORS_ORIGINS="http://localhost:3000")) is Verdict.PASS
    assert verdict(RULE, workload(CORS_ORIGINS="*", CORS_CREDENTIALS="true")) is Verdict.FAIL


def test_it_says_where_and_what_follows() -> None:
    text = findings(RULE, workload(CORS_ORIGINS="http://shop.example.com"))["it"].text
    for part in ("CORS_ORIGINS of container app", "http://shop.example.com", "acts as the user", "Remedy"):
        assert part in text


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    odd = resource("kubernetes:networking.k8s.io/v1:Ingress", "it", {"metadata": {"annotations": nonsense}})
    rules = resource("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "it", {"corsRules": nonsense})
    whole = resource("aws:apigatewayv2/api:Api", "it", {"corsConfiguration": nonsense})
    for case in (api(nonsense, nonsense), headers(nonsense, nonsense), bucket(nonsense), odd, rules, whole):
        assert not [found for found in RULE.check(Graph([case])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as kubernetes

in_cluster = pulumi.ResourceOptions(provider=kubernetes.Provider("k", kubeconfig="{}"))
bucket = aws.s3.Bucket("files")

def app(name, **variables):
    labels = {"app": name}
    container = {"name": "app", "image": "registry.example.com/app:1.0.0",
                 "env": [{"name": key, "value": value} for key, value in variables.items()]}
    kubernetes.apps.v1.Deployment(name, metadata={"name": name}, opts=in_cluster, spec={
        "selector": {"match_labels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}})

def rules(name, *origins):
    aws.s3.BucketCorsConfiguration(name, bucket=bucket.id, cors_rules=[{"allowed_methods": ["GET"], "allowed_origins": origins}])
"""
WRONG = {
    "star": 'app("star", CORS_ORIGINS="*", CORS_ALLOW_CREDENTIALS="true")',
    "http": 'app("http", CORS_ALLOWED_ORIGINS="http://shop.example.com")',
    "rules": 'rules("rules", "http://shop.example.com")',
    "api": """
        aws.apigatewayv2.Api("api", protocol_type="HTTP",
                             cors_configuration={"allow_origins": ["*"], "allow_credentials": True})""",
}
RIGHT = {
    "pages": 'app("pages", CORS_ORIGINS="https://shop.example.com", CORS_ALLOW_CREDENTIALS="true")',
    "public": 'app("public", CORS_ORIGINS="*", CORS_ALLOW_CREDENTIALS="false")',
    "open": 'rules("open", "*")',
}
UNKNOWNS = {"unsaid": 'app("unsaid", CORS_ORIGINS="*")'}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()], "prod")
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
