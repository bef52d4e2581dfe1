"""What a picture shows, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Change = Literal["", "added", "changed", "removed"]

INTERNET = "internet"
"""The key of what stands for everybody outside."""


@dataclass(frozen=True)
class Node:
    """Something that runs, stores or guards. `key` is its urn, or the type for many that are shown as one."""

    key: str
    kind: str
    title: str
    detail: str = ""
    zone: str = ""
    change: Change = ""
    parts: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Subnet:
    key: str
    name: str
    cidr: str
    zone: str
    change: Change = ""


@dataclass(frozen=True)
class Tier:
    """Subnets that reach the internet in the same way, and what is in them."""

    name: str
    subnets: tuple[Subnet, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Network:
    """A VPC; its tiers go from the internet inwards."""

    key: str
    name: str
    cidr: str
    zones: tuple[str, ...]
    tiers: tuple[Tier, ...]
    change: Change = ""


@dataclass(frozen=True)
class Link:
    """`source` reaches `target`; `label` says at which port, or how."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True)
class Picture:
    """Everything in a fixed order: two readings of one stack are equal."""

    edge: tuple[Node, ...]
    """At the edge of AWS's network: DNS, CDN, firewall, and the buckets behind."""
    networks: tuple[Network, ...]
    services: tuple[Node, ...]
    """Regional services that are in no VPC, as counts."""
    links: tuple[Link, ...]

    def nodes(self) -> Iterator[Node]:
        groups: Sequence[Sequence[Node]] = [
            self.edge,
            *(tier.nodes for network in self.networks for tier in network.tiers),
            self.services,
        ]
        for group in groups:
            for node in group:
                yield from node.walk()
