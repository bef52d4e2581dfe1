"""What clients in pods say of TLS to a data store."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from incidents.environment import Container, containers
from incidents.graph import Graph, Resource
from incidents.hosts import hosts_in, is_nearby
from incidents.rule import Finding, Verdict
from incidents.unknowns import Undecided, Unknown

OFF = {"0", "false", "no", "off", "disable", "disabled"}

Settings = dict[str, bool | None]
"""By the variable that says it, whether a client uses TLS; None where that is not known."""


@dataclass(frozen=True)
class Store:
    """A kind of data store, as the variables of its clients name it.

    `of_url` tells what a URL in a variable says of TLS. `plain` ends the finding on a container that speaks plain text by the
    variables `{off}`; `elsewhere` is what such a one may be meant for when the stack has no such store.
    """

    host: re.Pattern[str]
    url: re.Pattern[str]
    is_switch: Callable[[str, Container], bool]
    of_url: Callable[[str, str], Settings]
    plain: str
    elsewhere: str


def judge_client(graph: Graph, resource: Resource, store: Store, *, is_here: bool) -> Finding:
    """The verdict on a workload's containers: what is certainly off comes before what is not known.

    `is_here`: the stack has such a store, or may have. Raises `Undecided`.
    """
    verdicts = {Verdict.NOT_APPLICABLE}
    questions: list[str] = []
    for container in containers(graph, resource):
        if is_served_nearby(container, store):
            continue
        said = settings(container, store)
        off = [where for where, value in said.items() if value is False]
        if off and is_here:
            text = f"{resource}: container '{container.name}' {store.plain.format(off=', '.join(off))}"
            return Finding(Verdict.FAIL, resource.urn, text)
        if off:
            questions.append(f"{off[0]} is meant for {store.elsewhere}")
        elif True in said.values():
            verdicts.add(Verdict.PASS)
        elif said:
            questions += [f"{where} is not known at preview" for where in said]
        elif container.open and is_here:
            questions.append(f"of container '{container.name}', {container.open}")
    if questions:
        raise Undecided(questions[0])
    return Finding(Verdict.PASS if Verdict.PASS in verdicts else Verdict.NOT_APPLICABLE, resource.urn)


def settings(container: Container, store: Store) -> Settings:
    found: Settings = {}
    for name, value in sorted(container.env.items()):
        if store.is_switch(name, container):
            shown = name if isinstance(value, Unknown) else f"{name}={value}"
            found[shown] = None if isinstance(value, Unknown) else is_on(value)
        elif store.url.match(name):
            found |= {name: None} if isinstance(value, Unknown) else store.of_url(name, str(value))
    return found


def is_on(value: Any) -> bool:
    return str(value).strip().lower() not in OFF


def is_served_nearby(container: Container, store: Store) -> bool:
    """Whether all that a container says of its store's host is in the cluster."""
    places = [
        value
        for name, value in container.env.items()
        if (store.host.match(name) or store.url.match(name)) and not isinstance(value, Unknown)
    ]
    hosts = [host for value in places for host in hosts_in(value)]
    return bool(hosts) and all(map(is_nearby, hosts))
