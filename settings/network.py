"""The network: one address plan, computed once, that every part of the stack follows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network
from itertools import combinations
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from aws_facts.network import (
    DEFAULT_INTERFACE_ENDPOINTS,
    INTERFACE_ENDPOINTS,
    LOG_RETENTION_DAYS,
    RESERVED_ADDRESSES,
)
from settings.problems import Finding, problem, problems
from settings.types import Cidr, Once, Settings, one_of

RFC_1918 = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
PRIVATE_RANGES = (*RFC_1918, IPv4Network("100.64.0.0/10"))
"""RFC 1918, and RFC 6598 which a VPC takes too (VPC user guide, "VPC CIDR blocks")."""

MAX_ZONES = 4
"""Slots kept in the plan, so that a zone added later moves no subnet."""


class Tier(StrEnum):
    """What a subnet is for."""

    PUBLIC = "public"
    PRIVATE = "private"
    DATA = "data"


@dataclass(frozen=True)
class PlannedSubnet:
    """One subnet of the plan; `name` is unique in it (`private-a`)."""

    tier: Tier
    zone: str
    cidr: IPv4Network

    @property
    def name(self) -> str:
        return f"{self.tier.value}-{self.zone[-1]}"


@dataclass(frozen=True)
class NetworkPlan:
    """All subnets, by tier and then by zone as listed."""

    subnets: tuple[PlannedSubnet, ...]


def check_retention(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        near = min(LOG_RETENTION_DAYS, key=lambda known: abs(known - days))
        raise problem(
            f"CloudWatch Logs keeps no log group for {days} days, so it would refuse it. Write {near}."
        )
    return days


RetentionDays = Annotated[int, AfterValidator(check_retention)]


class Subnets(Settings):
    """Subnets said one by one, where the computed plan does not fit an existing network. One of each tier per zone."""

    public: tuple[Cidr, ...]
    private: tuple[Cidr, ...]
    data: tuple[Cidr, ...]

    @property
    def tiers(self) -> Mapping[Tier, tuple[IPv4Network, ...]]:
        return {Tier.PUBLIC: self.public, Tier.PRIVATE: self.private, Tier.DATA: self.data}


class NetworkSettings(Settings):
    """One VPC over two to four zones."""

    cidr: Annotated[Cidr, Field(examples=["10.20.0.0/16"])]
    """The VPC's IPv4 range, /16 to /22 unless `subnets` are said."""

    zones: Annotated[tuple[str, ...], Field(examples=["[ap-northeast-2a, ap-northeast-2b, ap-northeast-2c]"])]
    """Availability Zones, two to four. Add new ones at the end: the subnets of the others stay where they are."""

    nat: Literal["single", "per-zone"] = "per-zone"
    """One NAT gateway for all zones (cheap; its zone's failure cuts all off) or one in each."""

    subnets: Subnets | None = None
    """Explicit subnets in place of the computed plan."""

    peer_cidrs: Once[Cidr] = ()
    """Networks that will be connected to this one (office, other VPCs), which it must not overlap."""

    interface_endpoints: Once[str] = DEFAULT_INTERFACE_ENDPOINTS
    """AWS services reached inside the VPC; `[]` saves their hourly price and sends the traffic through NAT."""

    flow_logs_retention_days: RetentionDays | None = 30
    """Days for which all flows are kept in CloudWatch Logs; null for no flow logs."""

    @field_validator("zones")
    @classmethod
    def _zones(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        if not 2 <= len(zones) <= MAX_ZONES:
            raise problem(
                f"{len(zones)} zone(s): EKS and every database subnet group need two, so that one zone can fail "
                f"(incident two-zones), and the plan has room for {MAX_ZONES}. List two or three."
            )
        if len(set(zones)) < len(zones):
            raise problem(
                f"{', '.join(zones)}: a zone is listed twice, so its failure would take two places down. "
                "List each zone once."
            )
        for zone in zones:
            if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", zone):
                raise problem(f"{zone!r} is no Availability Zone. Write one like 'ap-northeast-2a'.")
        return zones

    @field_validator("interface_endpoints")
    @classmethod
    def _endpoints(cls, services: tuple[str, ...]) -> tuple[str, ...]:
        for service in services:
            one_of(service, INTERFACE_ENDPOINTS, "service with an interface endpoint", "AWS would refuse it")
        return services

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        found = [*self._range_problems(), *self._subnet_problems(), *self._peer_problems()]
        if found:
            raise problems(found)
        return self

    @cached_property
    def plan(self) -> NetworkPlan:
        """The address plan.

        The VPC is cut into quarters, and each tier into one slot a zone, four of them whether used or not: the first two
        quarters are the private subnets (pods take an address each), the third the public and the fourth the data ones.
        """
        return NetworkPlan(
            tuple(
                PlannedSubnet(tier, zone, cidr)
                for tier, cidrs in (self.subnets.tiers if self.subnets else computed(self.cidr)).items()
                for zone, cidr in zip(self.zones, cidrs, strict=False)
            )
        )

    def _range_problems(self) -> Iterator[Finding]:
        smallest = 28 if self.subnets else 22
        if not any(self.cidr.subnet_of(private) for private in PRIVATE_RANGES):
            yield Finding(
                "cidr",
                f"{self.cidr} is public address space (RFC 1918), so its owners could not be reached from here. "
                "Write a range of 10.0.0.0/8.",
            )
        elif self.cidr.prefixlen < 16:
            yield Finding(
                "cidr",
                f"{self.cidr} is larger than AWS's largest VPC, a /16. Write {self.cidr.network_address}/16.",
            )
        elif self.cidr.prefixlen > smallest:
            yield Finding(
                "cidr",
                f"{self.cidr} is smaller than /{smallest}, so its subnets could not give every pod an address. "
                f"Write {self.cidr.supernet(new_prefix=16)}.",
            )

    def _subnet_problems(self) -> Iterator[Finding]:
        if not self.subnets:
            return
        for tier, cidrs in self.subnets.tiers.items():
            key = f"subnets.{tier}"
            if len(cidrs) != len(self.zones):
                yield Finding(
                    key, f"has {len(cidrs)} subnets for {len(self.zones)} zones. List one for each zone."
                )
            for cidr in cidrs:
                if not cidr.subnet_of(self.cidr):
                    yield Finding(
                        key,
                        f"{cidr} lies outside the VPC {self.cidr}, so AWS would refuse it. Move it inside.",
                    )
                if cidr.prefixlen > 27:
                    yield Finding(
                        key,
                        f"{cidr} is smaller than /27, and {RESERVED_ADDRESSES} of its addresses are AWS's own, so load "
                        "balancers and nodes would find none. Write a /27 or larger.",
                    )
        everything = [(tier, cidr) for tier, cidrs in self.subnets.tiers.items() for cidr in cidrs]
        for (tier, cidr), (other_tier, other) in combinations(everything, 2):
            if cidr.overlaps(other):
                yield Finding(
                    f"subnets.{other_tier}",
                    f"{other} overlaps {cidr} of subnets.{tier}, so AWS would refuse the second. "
                    "Give each subnet addresses of its own.",
                )

    def _peer_problems(self) -> Iterator[Finding]:
        for peer in self.peer_cidrs:
            if peer.overlaps(self.cidr):
                yield Finding(
                    "peer_cidrs",
                    f"{peer} overlaps the VPC {self.cidr}, so the two networks could never be routed to each other. "
                    "Choose another cidr now: a VPC's range cannot be changed later.",
                )


def computed(vpc: IPv4Network) -> Mapping[Tier, tuple[IPv4Network, ...]]:
    """Subnets of `vpc` for each tier, a slot for each of `MAX_ZONES` zones."""
    first, second, third, fourth = vpc.subnets(prefixlen_diff=2)
    return {
        Tier.PUBLIC: tuple(third.subnets(prefixlen_diff=2)),
        Tier.PRIVATE: (*first.subnets(prefixlen_diff=1), *second.subnets(prefixlen_diff=1)),
        Tier.DATA: tuple(fourth.subnets(prefixlen_diff=2)),
    }


def zone_problems(network: NetworkSettings, region: str) -> Iterator[Finding]:
    """Zones that are not in `region`."""
    for zone in network.zones:
        if zone[:-1] != region:
            yield Finding(
                "network.zones",
                f"{zone} is not in region {region} (aws:region), so AWS would refuse the subnet. Write {region}{zone[-1]}.",
            )
