"""`cors-origin`: browsers may call from the stack's own pages, not from everywhere.

In the PAY ledger the browser's calls were blocked, and then `*` was written. A browser takes `*` for no call with cookies or
authorization; a server that echoes any origin instead lets every site act as the user. On production an origin in plain http
lets who can change the page's traffic do the same.

Read are `CORS_*ORIGINS` with `CORS_*CREDENTIALS` in a workload's variables, annotations of the NGINX Ingress controller, API
Gateway's HTTP APIs, Lambda function URLs, CloudFront's response headers policies, and CORS rules of buckets (S3 sends no
credentials header with `*`).

Sources: Fetch standard, "CORS protocol and credentials"; ingress-nginx, "Annotations: Enable CORS" (origin `*` with credentials
without a word); pulumi-aws, `apigatewayv2.Api`, `lambda_.FunctionUrl`, `cloudfront.ResponseHeadersPolicy`,
`s3.BucketCorsConfiguration`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.graph import Graph, Resource
from incidents.pods import dig
from incidents.rule import Finding, Rule, Verdict, each
from incidents.stage import is_production
from incidents.unknowns import Undecided, Unknown, as_dict, as_list, holds_unknown
from incidents.variables import pod_spec, variables

ORIGINS = re.compile(r"(^|_)CORS(_[A-Z0-9]+)*_ORIGINS?(_|$)")
CREDENTIALS = re.compile(r"(^|_)CORS(_[A-Z0-9]+)*_CREDENTIALS$")
TRUE = {"1", "true", "yes", "on"}

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
NGINX = "nginx.ingress.kubernetes.io/"
BUCKET_CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
PLACES: Mapping[str, tuple[str, str, str]] = {
    "aws:apigatewayv2/api:Api": ("corsConfiguration", "allowOrigins", "allowCredentials"),
    "aws:lambda/functionUrl:FunctionUrl": ("cors", "allowOrigins", "allowCredentials"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": (
        "corsConfig", "accessControlAllowOrigins.items", "accessControlAllowCredentials",
    ),
}  # fmt: skip
"""Where each type says what: the object, the origins in it, and whether credentials are allowed."""

REMEDY = "the https origins of your own pages, one by one (CORS_ORIGINS=https://shop.example.com)"


@dataclass(frozen=True)
class Policy:
    """Origins that one place lets in, and whether with credentials; None where it does not say so."""

    where: str
    origins: Any
    credentials: Any


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that says who may call from a browser."""
    types = {INGRESS, BUCKET_CORS, *PLACES}
    subjects = [item for item in graph.resources if item.type in types or pod_spec(item) is not None]
    yield from each(RULE.id, subjects, lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    found = list(policies(graph, resource))
    questions: list[str] = []
    for policy in found:
        try:
            wrong = mistake(policy)
        except Undecided as undecided:
            questions.append(str(undecided))
            continue
        if wrong:
            text = f"{resource}: {policy.where} {wrong}. Remedy: {REMEDY}."
            return Finding(Verdict.FAIL, resource.urn, text)
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS if found else Verdict.NOT_APPLICABLE, resource.urn)


def policies(graph: Graph, resource: Resource) -> Iterator[Policy]:
    """All that a resource says of it. Raises `Undecided`."""
    if resource.type in PLACES:
        prop, origins, credentials = PLACES[resource.type]
        said = resource.peek(prop)
        if said is not None and dig(said, origins) is not None:
            yield Policy(prop, dig(said, origins), dig(said, credentials) or False)
    elif resource.type == BUCKET_CORS:
        for rule in as_list(resource.peek("corsRules")) or [resource.peek("corsRules")]:
            yield Policy("corsRules", dig(rule, "allowedOrigins"), credentials=False)
    elif resource.type == INGRESS:
        yield from of_ingress(resource)
    else:
        yield from of_workload(graph, resource)


def of_ingress(ingress: Resource) -> Iterator[Policy]:
    said = ingress.peek("metadata", "annotations")
    if str(as_dict(said).get(f"{NGINX}enable-cors")).lower() == "true":
        origins = as_dict(said).get(f"{NGINX}cors-allow-origin", "*")
        credentials = as_dict(said).get(f"{NGINX}cors-allow-credentials", "true")
        yield Policy(f"annotation {NGINX}cors-allow-origin", origins, credentials)


def of_workload(graph: Graph, resource: Resource) -> Iterator[Policy]:
    said = variables(graph, resource)
    for variable in said:
        if ORIGINS.search(variable.name.upper()):
            beside = (
                one.value
                for one in said
                if one.container == variable.container and CREDENTIALS.search(one.name.upper())
            )
            yield Policy(str(variable), variable.value, next(beside, None))


def mistake(policy: Policy) -> str:
    """What is wrong with a policy, and what follows; empty for nothing. Raises `Undecided`."""
    origins = listed(policy.origins)
    if "*" in origins and policy.credentials is not False:
        if policy.credentials is None or isinstance(policy.credentials, Unknown):
            raise Undecided(
                f"{policy.where} is '*', and whether credentials go with it is not said (CORS_ALLOW_CREDENTIALS=false)"
            )
        if str(policy.credentials).lower() in TRUE:
            return "is '*' with credentials: browsers refuse the answer, or any site acts as the user where the origin is echoed"
    plain = [origin for origin in origins if origin.startswith("http://")]
    if plain and is_production():
        return f"has {', '.join(plain)}: who can change that page's traffic acts as the user"
    if holds_unknown(policy.origins):
        raise Undecided(f"{policy.where} is not known at preview")
    return ""


def listed(origins: Any) -> list[str]:
    """The origins that are known, of a list or of a text that separates them."""
    if isinstance(origins, str):
        return [item for item in re.split(r"[\s,;\"'\[\]]+", origins) if item]
    return [item for item in as_list(origins) if isinstance(item, str)]


RULE = Rule(
    id="cors-origin",
    why="Every site may call with the user's credentials, or a page that anybody on the way can change.",
    remedy=REMEDY,
    check=check,
)
