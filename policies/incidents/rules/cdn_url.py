"""`cdn-url`: the address of the CDN that a workload is told is the CDN's own.

In WEA's chat the URLs of files had the bucket's name in their path, which is S3's way to say it: CloudFront answered 404. The
address in `CDN_BASE_URL`, `CDN_URL` and the like is https, holds no host of S3 and no bucket's name. Where it is not known yet,
it must come from a distribution or a DNS record, and from no bucket.

Source: Amazon S3 user guide, "Virtual hosting of general purpose buckets" (path-style and virtual-hosted addresses).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.edges import BUCKETS, DISTRIBUTION, by_identity
from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown
from incidents.variables import Variable, pod_spec, variables

ABOUT_CDN = re.compile(r"(^|_)CDN(_|$)")
ADDRESS = re.compile(r"(^|_)(URL|URI|HOST|HOSTNAME|DOMAIN|ENDPOINT|ORIGIN|BASE|PREFIX|CDN)$")
ABOUT_BUCKETS = re.compile(r"(^|_)(S3|BUCKET)(_|$)")
S3_ANYWHERE = re.compile(r"(^|[./])s3([.-][a-z0-9-]+)*\.amazonaws\.com", re.IGNORECASE)
ADDRESS_SOURCES = (
    DISTRIBUTION,
    "aws:route53/record:Record",
    "aws:cloudfront/connectionGroup:ConnectionGroup",
)

REMEDY = "https:// and the distribution's alias or domain_name (CDN_BASE_URL=https://cdn.example.com), then the object's key alone"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each workload that is told a CDN's address."""
    workloads = [resource for resource in graph.resources if pod_spec(resource) is not None]
    yield from each(RULE.id, workloads, lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    said = variables(graph, resource)
    addresses = [variable for variable in said if is_address(variable)]
    for variable in addresses:
        wrong = mistake(graph, variable, said)
        if wrong:
            text = f"{resource}: {variable} {wrong}. Remedy: {REMEDY}."
            return Finding(Verdict.FAIL, resource.urn, text)
    return Finding(Verdict.PASS if addresses else Verdict.NOT_APPLICABLE, resource.urn)


def is_address(variable: Variable) -> bool:
    if not ABOUT_CDN.search(variable.name.upper()):
        return False
    told = isinstance(variable.value, str) and variable.value.startswith(("http://", "https://"))
    return told or (variable.value != "" and ADDRESS.search(variable.name.upper()) is not None)


def mistake(graph: Graph, variable: Variable, said: list[Variable]) -> str:
    """What is wrong with an address, and what follows; empty for nothing. Raises `Undecided`."""
    if isinstance(variable.value, Unknown):
        return origin_of(graph, variable, said)
    value = str(variable.value)
    if value.startswith("http://"):
        return f"is '{value}', plain http: browsers block it on an https page"
    if S3_ANYWHERE.search(value):
        return f"is '{value}', a host of S3: requests go around the CDN and get 403 from a private bucket"
    path = value.partition("://")[2].split("/")[1:]
    name = next((part for part in path if part in by_identity(graph, BUCKETS)), None)
    if name:
        return f"is '{value}', with the bucket's name '{name}' in its path: the CDN has no such key and answers 404"
    return ""


def origin_of(graph: Graph, variable: Variable, said: list[Variable]) -> str:
    """The verdict on an address that is not known yet, by what it is made from.

    The edges are those of all variables together: a bucket is another one's where that one is not known and names a bucket.
    """
    if variable.holder is None:
        raise Undecided(f"{variable} comes from what is not in this stack")
    found = graph.dependencies(variable.holder, variable.prop)
    bucket = next((target for target in found if target.type in BUCKETS), None)
    if bucket and any(
        isinstance(one.value, Unknown) and ABOUT_BUCKETS.search(one.name.upper()) for one in said
    ):
        bucket = None
    is_from_cdn = any(target.type in ADDRESS_SOURCES for target in found)
    if is_from_cdn and bucket is None:
        return ""
    if bucket and not is_from_cdn:
        return f"is made from {bucket}: the CDN has no key that begins with its name and answers 404"
    raise Undecided(f"{variable} is not known at preview, and edges do not tell what it is made from")


RULE = Rule(
    id="cdn-url",
    why="A CDN address with a bucket's name or host in it: 404, or requests around the CDN.",
    remedy=REMEDY,
    check=check,
)
