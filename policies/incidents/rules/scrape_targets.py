"""`scrape-targets`: what is scraped and called has a name, not an address.

In the PAY ledger Prometheus was told names and IPs mixed, and half of its targets were down: a pod's or a node's address is
another one after each rollout. No scrape configuration and no variable of a workload holds a literal IP. Addresses that stay are
none: loopback, the link-local ones of AWS (169.254.169.254 and the like), and that of a DNS server, which answers for names and
has none.

Source: Kubernetes, "DNS for Services and Pods"; EC2 user guide, "Access instance metadata".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.scrape_configs import scrape_targets
from incidents.variables import Variable, pod_spec, variables

ADDRESS = re.compile(
    r"^(?P<scheme>[a-z][a-z0-9+.-]*://)?([^@/\s]*@)?(?P<ip>\d{1,3}(\.\d{1,3}){3})(?P<port>:\d+)?(?P<path>/.*)?$",
    re.IGNORECASE,
)
ENDPOINT = re.compile(
    r"(^|_)(HOSTS?|HOSTNAME|ADDR|ADDRESS|ADDRESSES|ENDPOINTS?|URLS?|URI|SERVERS?|TARGETS?|BROKERS?|NODES|PEERS)$"
)

RESOLVER = re.compile(r"(^|_)(DNS|RESOLVERS?|NAMESERVERS?)(_|$)")
"""Variables of a DNS server: the cluster's own has the address of a Service."""

REMEDY = "the name of a Service (ledger.payments.svc:9090), a ServiceMonitor or kubernetes_sd_configs"


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource that configures scraping, and for each workload with variables."""
    yield from each(RULE.id, graph.resources, lambda resource: judge(graph, resource))


def judge(graph: Graph, resource: Resource) -> Finding:
    if pod_spec(resource) is not None:
        return judge_workload(graph, resource)
    found = scrape_targets(resource)
    if found is None:
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    wrong = [target for target in found if is_passing(address_in(target))]
    if wrong:
        return failure(
            resource, f"scrapes {', '.join(wrong)}: after the next rollout that is nobody, or somebody else"
        )
    return Finding(Verdict.PASS, resource.urn)


def judge_workload(graph: Graph, resource: Resource) -> Finding:
    said = variables(graph, resource)
    for variable in said:
        found = next(filter(is_passing, map(address_in, endpoints(variable))), None)
        if found:
            return failure(
                resource, f"{variable} holds the address {found}: it is another one after the next rollout"
            )
    return Finding(Verdict.PASS if said else Verdict.NOT_APPLICABLE, resource.urn)


def endpoints(variable: Variable) -> list[str]:
    """The parts of a value that are places to connect to: by their own form, or by the variable's name."""
    name = variable.name.upper()
    if not isinstance(variable.value, str) or RESOLVER.search(name):
        return []
    matches = [(part, ADDRESS.match(part)) for part in re.split(r"[\s,;]+", variable.value)]
    named = ENDPOINT.search(name) is not None
    return [part for part, match in matches if match and (named or match["scheme"] or match["port"])]


def address_in(text: str) -> str:
    """The literal address that a target, an endpoint or a URL names; empty for a name or a range."""
    match = ADDRESS.match(text.strip())
    is_range = match and not match["scheme"] and re.fullmatch(r"/\d{1,2}", match["path"] or "")
    return match["ip"] if match and not is_range else ""


def is_passing(address: str) -> bool:
    """Whether it is the address of something that comes and goes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast)


def failure(resource: Resource, what: str) -> Finding:
    return Finding(Verdict.FAIL, resource.urn, f"{resource} {what}. Remedy: {REMEDY}.")


RULE = Rule(
    id="scrape-targets",
    why="Targets by literal IP: half of them are down after the next rollout.",
    remedy=REMEDY,
    check=check,
)
