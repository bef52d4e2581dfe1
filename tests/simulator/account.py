"""A client of the simulated AWS provider: what the engine would call for each resource, without the engine."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc as provider_grpc

from plinth.simulator import serve
from plinth.simulator.values import from_struct, plain, to_struct

REGION = "ap-northeast-2"


@dataclass
class Account:
    """One stack's resources in a simulated account, by type and logical name."""

    provider: Any
    made: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = field(
        default_factory=dict[tuple[str, str], tuple[str, Mapping[str, Any]]]
    )

    def check(self, type_: str, name: str = "main", /, **inputs: Any) -> list[str]:
        """What the provider says to `inputs` at preview."""
        request = proto.CheckRequest(urn=urn(type_, name), type=type_, name=name, news=to_struct(inputs))
        return [failure.reason for failure in self.provider.Check(request).failures]

    def create(self, type_: str, name: str = "main", /, **inputs: Any) -> dict[str, Any]:
        """The outputs of a new resource, with its `id`; `Refusal` if AWS takes it not."""
        request = proto.CreateRequest(urn=urn(type_, name), properties=to_struct(inputs))
        with refusals():
            answer = self.provider.Create(request)
        outputs = plain(from_struct(answer.properties))
        self.made[type_, name] = answer.id, outputs
        return outputs

    def update(self, type_: str, name: str = "main", /, **inputs: Any) -> dict[str, Any]:
        """The outputs after a change to `inputs`."""
        id_, old = self.made[type_, name]
        request = proto.UpdateRequest(
            urn=urn(type_, name), id=id_, olds=to_struct(old), news=to_struct(inputs)
        )
        with refusals():
            answer = self.provider.Update(request)
        outputs = plain(from_struct(answer.properties))
        self.made[type_, name] = id_, outputs
        return outputs

    def delete(self, type_: str, name: str = "main", /) -> None:
        id_, _ = self.made[type_, name]
        with refusals():
            self.provider.Delete(proto.DeleteRequest(urn=urn(type_, name), id=id_))

    def replaced_by(self, type_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
        """The properties whose change from `old` to `new` replaces the resource."""
        request = proto.DiffRequest(urn=urn(type_), id="id", old_inputs=to_struct(old), news=to_struct(new))
        return list(self.provider.Diff(request).replaces)

    def network(self, name: str = "main", zones: str = "ab") -> tuple[str, list[str], str]:
        """A VPC with a subnet in each of `zones` and a security group: their ids."""
        vpc = self.create("aws:ec2/vpc:Vpc", name, cidrBlock="10.0.0.0/16")["id"]
        subnets = [
            self.create(
                "aws:ec2/subnet:Subnet", f"{name}-{zone}", vpcId=vpc, availabilityZone=f"{REGION}{zone}"
            )["id"]
            for zone in zones
        ]
        group = self.create("aws:ec2/securityGroup:SecurityGroup", name, vpcId=vpc, name=name)["id"]
        return vpc, subnets, group


class Refusal(Exception):
    """What the provider answered in place of a result."""


@contextmanager
def refusals() -> Generator[None]:
    try:
        yield
    except grpc.RpcError as error:
        raise Refusal(error.details()) from None  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]


@contextmanager
def account(folder: Path) -> Generator[Account]:
    """An account whose record is in `folder`."""
    with serve(["aws"], folder) as simulation:
        port = simulation.debug_providers.partition(":")[2]
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider: Any = provider_grpc.ResourceProviderStub(channel)
            provider.Configure(proto.ConfigureRequest(args=to_struct({"region": REGION})))
            yield Account(provider)


def urn(type_: str, name: str = "main") -> str:
    return f"urn:pulumi:prod::market::{type_}::{name}"
