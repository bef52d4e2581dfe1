"""`cdn-url` on plain programs: the CDN's address in variables, ConfigMaps and Secrets."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.cdn_url import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

bucket = resource("aws:s3/bucket:Bucket", "files", {"bucket": "acme-files"})
distribution = resource("aws:cloudfront/distribution:Distribution", "cdn")


def workload(*made_from: Resource, **variables: Any) -> Resource:
    env = [
        {"name": name, **(value if isinstance(value, dict) else {"value": value})}
        for name, value in variables.items()
    ]
    spec = {"containers": [{"name": "app", "env": env}]}
    props = {"kind": "Deployment", "spec": {"template": {"spec": spec}}}
    return resource("kubernetes:apps/v1:Deployment", "app", props, {"spec": made_from})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("https://cdn.example.com/acme-files", "'acme-files' in its path"),
        ("https://cdn.example.com/v1/acme-files/", "'acme-files' in its path"),
        ("https://acme-files.s3.ap-northeast-2.amazonaws.com", "a host of S3"),
        ("https://s3.amazonaws.com/acme-files", "a host of S3"),
        ("acme-files.s3.amazonaws.com", "a host of S3"),
        ("http://cdn.example.com", "plain http"),
    ],
)
def test_buckets_hosts_and_plain_http_are_found(value: str, said: str) -> None:
    found = findings(RULE, workload(CDN_BASE_URL=value), bucket)["app"]
    assert found.verdict is Verdict.FAIL
    assert said in found.text
    assert "CDN_BASE_URL of container app" in found.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (workload(CDN_URL="https://cdn.example.com"), Verdict.PASS),
        (workload(CDN_URL="https://cdn.example.com/files"), Verdict.PASS),
        (workload(CDN_HOST="cdn.example.com"), Verdict.PASS),
        (workload(CDN_URL="https://acme-files.example.com"), Verdict.PASS),
        (workload(IMAGE_CDN_BASE="http://cdn.example.com"), Verdict.FAIL),
        (workload(CDN_ENABLED="true"), Verdict.NOT_APPLICABLE),
        (workload(CDN_URL=""), Verdict.NOT_APPLICABLE),
        (workload(S3_URL="https://acme-files.s3.amazonaws.com"), Verdict.NOT_APPLICABLE),
        (workload(distribution, CDN_URL=UNKNOWN), Verdict.PASS),
        (workload(distribution, bucket, CDN_URL=UNKNOWN, S3_BUCKET=UNKNOWN), Verdict.PASS),
        (workload(distribution, bucket, CDN_URL=UNKNOWN), Verdict.UNKNOWN),
        (workload(bucket, CDN_URL=UNKNOWN), Verdict.FAIL),
        (workload(CDN_URL=UNKNOWN), Verdict.UNKNOWN),
        (workload(CDN_URL={"valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}}), Verdict.UNKNOWN),
    ],
)
def test_others_are_told_apart(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject, bucket, distribution) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("https://cdn.example.com/acme-files", Verdict.FAIL), ("https://cdn.example.com", Verdict.PASS)],
)
def test_a_config_map_is_read(value: str, expected: Verdict) -> None:
    said = {"metadata": {"name": "settings"}, "data": {"CDN_URL": value}}
    settings = resource("kubernetes:core/v1:ConfigMap", "settings", said)
    one = workload(CDN_URL={"valueFrom": {"configMapKeyRef": {"name": "settings", "key": "CDN_URL"}}})
    assert verdict(RULE, one, settings, bucket) is expected
    spec = {"containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": "settings"}}]}]}
    whole = resource(
        "kubernetes:apps/v1:Deployment", "app", {"kind": "Deployment", "spec": {"template": {"spec": spec}}}
    )
    assert verdict(RULE, whole, settings, bucket) is expected


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for spec in (
        nonsense,
        {"containers": nonsense},
        {"containers": [{"env": nonsense, "envFrom": nonsense}]},
    ):
        odd = resource("kubernetes:core/v1:Pod", "pod", {"kind": "Pod", "spec": spec})
        assert not [found for found in RULE.check(Graph([odd, bucket])) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws, pulumi_kubernetes as kubernetes

in_cluster = pulumi.ResourceOptions(provider=kubernetes.Provider("k", kubeconfig="{}"))
bucket = aws.s3.Bucket("files", bucket="acme-files")
other = aws.s3.Bucket("other")
record = aws.route53.Record("cdn", zone_id="Z1", name="cdn.example.com", type="CNAME", ttl=60, records=["d1.cloudfront.net"])

def app(name, **variables):
    labels = {"app": name}
    container = {"name": "app", "image": "registry.example.com/app:1.0.0",
                 "env": [{"name": key, "value": value} for key, value in variables.items()]}
    kubernetes.apps.v1.Deployment(name, metadata={"name": name}, opts=in_cluster, spec={
        "selector": {"match_labels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}})
"""
WRONG = {
    "path": 'app("path", CDN_BASE_URL="https://cdn.example.com/acme-files")',
    "s3": 'app("s3", CDN_URL=pulumi.Output.concat("https://", bucket.bucket, ".s3.amazonaws.com"))',
    "raw": 'app("raw", CDN_URL=pulumi.Output.concat("https://", other.bucket_regional_domain_name))',
    "http": 'app("http", ASSETS_CDN_URL="http://cdn.example.com")',
}
RIGHT = {
    "alias": 'app("alias", CDN_BASE_URL="https://cdn.example.com", S3_BUCKET=bucket.id)',
    "made": 'app("made", CDN_BASE_URL=pulumi.Output.concat("https://", record.fqdn), S3_BUCKET=other.id)',
}
UNKNOWNS = {
    "late": 'app("late", CDN_BASE_URL=aws.ssm.Parameter("url", type="String", value="x").insecure_value)'
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
