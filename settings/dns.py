"""The DNS zone that the stack's host names are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from settings.problems import Finding, problems
from settings.types import Settings
from settings.web import DomainName


class DnsSettings(Settings):
    """A public hosted zone of Route 53."""

    zone: Annotated[DomainName, Field(examples=["example.com"])]
    """The zone's name; all host names of the stack end in it."""

    create: bool = False
    """Make the zone with the stack; unless said it is there already and is looked up."""

    parent: DomainName | None = None
    """A zone in this account that delegates to the one that is made; unless said its registrar or owner does."""

    @model_validator(mode="after")
    def _delegation(self) -> Self:
        if self.parent is None:
            return self
        if not self.create:
            text = f"{self.zone} is looked up, so its delegation is there already. Remove parent, or write `create: true`."
            raise problems([Finding("parent", text)])
        if self.zone == self.parent or not within(self.parent, self.zone):
            text = (
                f"{self.parent} is no parent of {self.zone}, so nobody would find the delegation. Write the zone "
                f"that {self.zone} is a subdomain of."
            )
            raise problems([Finding("parent", text)])
        return self


def within(zone: str, host: str) -> bool:
    """Whether `host` is the zone's own name or ends in it."""
    return host == zone or host.endswith(f".{zone}")


def host_problems(dns: DnsSettings | None, hosts: Mapping[str, str]) -> Iterator[Finding]:
    """Host names, by the key that says them, that the stack could make neither records nor certificates for."""
    for key, host in hosts.items():
        if dns is None:
            yield Finding(
                key,
                f"{host} needs a hosted zone for its records and its certificate, and the stack has none. "
                f"Add `dns`, with the zone that {host} is in.",
            )
        elif not within(dns.zone, host):
            yield Finding(
                key,
                f"{host} is not in the zone {dns.zone} (dns.zone), so its record would be found by nobody and its "
                f"certificate never be issued. Write a host name below {dns.zone}.",
            )
