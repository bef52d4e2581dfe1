"""`upload-limit`: what a service takes, reaches it.

In SWO's order service the size of an upload was hard-coded: fine in development, refused in production by what stood in front.
A service that says how much it takes (`UPLOAD_MAX_BYTES`, `MAX_UPLOAD_*`, `MAX_FILE_SIZE`; `_KB`, `_MB`, `_GB` name the unit) is
reached by requests of that size: through `nginx.ingress.kubernetes.io/proxy-body-size` of the Ingresses that send to it (1 MiB
unless said, by them or by the controller's configuration) and through the stack's regional web ACL. Limits in front may be larger:
a request has more in it than the file.

Sources: ingress-nginx, "Annotations" (`proxy-body-size`) and "ConfigMap" (1m unless said; 0 is no limit); `request_limits.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from incidents.byte_sizes import byte_size
from incidents.environment import containers
from incidents.graph import Graph, Resource
from incidents.health_checks import INGRESS, backends
from incidents.pods import RELEASE
from incidents.request_limits import blocks
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict
from incidents.workloads import behind, conclude, workloads

VARIABLE = re.compile(
    r"^(.*_)?(UPLOAD_MAX_(BYTES|SIZE)|MAX_UPLOAD(_\w+)?|UPLOAD_(SIZE_)?LIMIT|MAX_FILE_?SIZE|MULTIPART_MAX_(FILE|REQUEST)_SIZE)"
    r"(_(BYTES|KB|MB|GB))?$"
)
COUNTS = re.compile(
    r"(COUNT|FILES|IMAGES|NUMBER|PIXELS|WIDTH|HEIGHT|SECONDS|MINUTES|DURATION|TIMEOUT|RATE|PER_(MINUTE|HOUR|DAY)|CONCURRENCY"
    r"|RETRIES|PARTS)$"
)
"""Variables of the same beginning that are no sizes."""

ANNOTATION = "nginx.ingress.kubernetes.io/proxy-body-size"
GLOBAL = "proxy-body-size"
NGINX_DEFAULT = "1m"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"

CONSEQUENCE = "uploads that work in development end in 413 or 403 in production"
REMEDY = (
    f"one value for the service, the Ingress ({ANNOTATION}) and the web ACL, with room for the rest of the request, or a lower limit "
    "in the service"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that runs pods."""
    yield from each(RULE.id, workloads(graph), lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    said = [
        (name, value)
        for container in containers(graph, resource)
        for name, value in sorted(container.env.items())
        if VARIABLE.match(name.upper()) and not COUNTS.search(name.upper())
    ]
    if not said:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    wrong: list[str] = []
    questions: list[str] = []
    for name, value in said:
        if isinstance(value, Unknown):
            questions.append(f"{name} is not known at preview")
            continue
        try:
            size = size_of(name, value)
            refusals = [*by_ingresses(graph, resource, size), *by_web_acls(graph, size)]
            wrong += [f"it takes {name}={value}, and {text}" for text in refusals]
        except Undecided as undecided:
            questions.append(str(undecided))
    return conclude(resource, wrong, questions, consequence=CONSEQUENCE, remedy=REMEDY)


def size_of(name: str, value: str) -> int:
    """Bytes that a variable says, by its value's unit or its own. Raises `Undecided`."""
    unit = re.search(r"_([KMG])B$", name.upper())
    return byte_size(value, unit[1] if unit else "")


def by_ingresses(graph: Graph, resource: Resource, size: int) -> Iterator[str]:
    """Nginx Ingresses that refuse a request of `size` bytes to the workload. Raises `Undecided`."""
    for ingress in fronts(graph).get(resource.urn, []):
        limit = as_dict(ingress.peek("metadata", "annotations")).get(ANNOTATION, default(graph))
        if limit is None or isinstance(limit, Unknown):
            raise Undecided(
                f"how much {ingress} lets through is not known: {ANNOTATION} is not said, and nginx is not in this stack"
            )
        if 0 < byte_size(limit) < size:
            yield f"{ingress} lets {limit} through"


@lru_cache(maxsize=1)
def fronts(graph: Graph) -> Mapping[str, list[Resource]]:
    """The nginx Ingresses that send to each workload, by the workload's urn."""
    found: dict[str, list[Resource]] = {}
    for ingress in filter(is_nginx, graph.of_type(INGRESS)):
        served = {
            pods.resource.urn for service in backends(graph, ingress) for pods in behind(graph, service)
        }
        for urn in served:
            found.setdefault(urn, []).append(ingress)
    return found


def is_nginx(ingress: Resource) -> bool:
    annotations = as_dict(ingress.peek("metadata", "annotations"))
    name = ingress.peek("spec", "ingressClassName") or annotations.get("kubernetes.io/ingress.class")
    return "nginx" in str(name) or any(key.startswith("nginx.ingress.") for key in annotations)


def default(graph: Graph) -> Any:
    """What the ingress-nginx of the stack lets through where an Ingress says nothing; None if it is not in the stack."""
    for release in graph.of_type(RELEASE):
        if "nginx" in str(release.peek("chart")):
            return release.peek("values", "controller", "config", GLOBAL) or NGINX_DEFAULT
    for config in graph.of_type("kubernetes:core/v1:ConfigMap"):
        if "nginx" in str(config.peek("metadata", "name")):
            return as_dict(config.peek("data")).get(GLOBAL, NGINX_DEFAULT)
    return None


def by_web_acls(graph: Graph, size: int) -> Iterator[str]:
    """Web ACLs of load balancers that refuse a request of `size` bytes on whatever path. Raises `Undecided`."""
    acls = [acl for acl in graph.of_type(WEB_ACL) if acl.peek("scope") == "REGIONAL"]
    for acl in acls:
        anywhere, on_paths = blocks(acl, size, named_path=False), blocks(acl, size, named_path=True)
        if anywhere and on_paths and len(acls) == 1:
            yield f"rule '{anywhere}' of {acl} refuses that"
        elif on_paths:
            raise Undecided(
                f"whether {acl} stands before it, or its upload paths are those of rule '{on_paths}', is not known"
            )


RULE = Rule(
    id="upload-limit",
    why="What stands in front of a service refuses files that the service takes.",
    remedy=REMEDY,
    check=check,
)
