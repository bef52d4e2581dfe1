"""From a host name to what answers at it: the records of a stack's zones.

Source: Route 53 developer guide, "Choosing between alias and non-alias records".
"""

from __future__ import annotations

from urllib.parse import SplitResult

from plinth.requests import cloudfront, load_balancer
from plinth.requests.answer import Answer, NotEvaluated
from plinth.requests.state import Deployed, State, items

RECORD = "aws:route53/record:Record"
LONGEST_CHAIN = 8
"""Names that lead to names, before they are taken for a circle."""


def visit(state: State, url: SplitResult, *, missing: bool = False) -> Answer:
    """What a visitor of `url` gets; the object there is `missing` or not. Raises `NotEvaluated` for what nobody answers."""
    target, steps = resolve(state, (url.hostname or "").lower())
    if target.type == cloudfront.DISTRIBUTION:
        found = cloudfront.Visit(state, target, url, missing).answer()
    else:
        found = load_balancer.Visit(state, target, url).answer()
    return found.after(*steps)


def resolve(state: State, host: str) -> tuple[Deployed, list[str]]:
    """The distribution or load balancer at a host name, and the records that lead to it."""
    name, steps = host, list[str]()
    for _ in range(LONGEST_CHAIN):
        answering = at(state, name)
        if answering:
            return answering, steps
        record = record_of(state, name)
        if record is None:
            break
        aliases = [str(alias["name"]) for alias in items(record.get("aliases"))]
        name = (aliases or [str(value) for value in record.get("records") or [""]])[0].rstrip(".").lower()
        steps.append(f"Route 53: {record} leads to {name}")
    known = ", ".join(hosts(state)) or "none"
    raise NotEvaluated(
        f"{host} leads to no distribution and no load balancer of this stack, so no request would get here. Hosts: {known}."
    )


def at(state: State, name: str) -> Deployed | None:
    """What AWS itself calls `name`."""
    named = name.removeprefix("dualstack.")
    return state.first(cloudfront.DISTRIBUTION, domainName=named) or next(
        (
            balancer
            for balancer in state.of_type(*load_balancer.LOAD_BALANCERS)
            if str(balancer.get("dnsName")).lower() == named
        ),
        None,
    )


def record_of(state: State, name: str) -> Deployed | None:
    """The record by which browsers find `name`; a wildcard stands in where there is none."""
    wildcard = f"*.{name.partition('.')[2]}"
    records = [item for item in state.of_type(RECORD) if item.get("type") in ("A", "CNAME")]
    for wanted in (name, wildcard):
        for record in records:
            if record.get("fqdn") == wanted:
                return record
    return None


def hosts(state: State) -> list[str]:
    return sorted({str(item.get("fqdn")) for item in state.of_type(RECORD) if items(item.get("aliases"))})
