"""The servers themselves: up at once, gone afterwards, honest to every client."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc as provider_grpc

from plinth.simulator import serve
from plinth.simulator.cloud import Cloud
from plinth.simulator.values import UNKNOWN, Secret, from_struct, to_struct

VPC = "aws:ec2/vpc:Vpc"
ROLE = "aws:iam/role:Role"


def urn(type_: str, name: str = "main") -> str:
    return f"urn:pulumi:prod::market::{type_}::{name}"


@contextmanager
def connected(cloud: Path, package: str = "aws") -> Iterator[Any]:
    """A client of a freshly started provider: another run of the engine."""
    with serve([package], cloud) as simulation:
        name, port = simulation.debug_providers.split(":")
        assert name == package
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_grpc.ResourceProviderStub(channel)


def create(provider: Any, type_: str, logical_name: str = "main", /, **inputs: Any) -> proto.CreateResponse:
    return provider.Create(proto.CreateRequest(urn=urn(type_, logical_name), properties=to_struct(inputs)))


def diff(provider: Any, type_: str, id_: str) -> proto.DiffResponse:
    return provider.Diff(proto.DiffRequest(urn=urn(type_), id=id_))


def test_it_is_ready_in_a_moment_and_leaves_nothing_running(tmp_path: Path) -> None:
    threads = threading.active_count()
    started = time.perf_counter()
    with serve(["aws", "eks", "kubernetes", "random"], tmp_path) as simulation:
        assert time.perf_counter() - started < 0.2
        ports = [int(entry.split(":")[1]) for entry in simulation.debug_providers.split(",")]
        assert len(set(ports)) == 4
    assert threading.active_count() == threads


def test_an_instance_of_the_provider_keeps_its_own_region_and_tags(tmp_path: Path) -> None:
    with serve(["aws"], tmp_path) as simulation:
        target = f"127.0.0.1:{simulation.debug_providers.split(':')[1]}"
        options = [("grpc.use_local_subchannel_pool", 1)]
        with (
            grpc.insecure_channel(target, options) as first,
            grpc.insecure_channel(target, options) as second,
        ):
            seoul, virginia = map(provider_grpc.ResourceProviderStub, (first, second))
            for provider, args in (
                (seoul, {"region": "ap-northeast-2"}),
                (virginia, {"region": "us-east-1", "defaultTags": '{"tags": {"owner": "me"}}'}),
            ):
                provider.Configure(proto.ConfigureRequest(args=to_struct(args)))
            here = from_struct(create(seoul, VPC, "here").properties)
            there = from_struct(create(virginia, VPC, "there", tags={"a": "b"}).properties)
            elsewhere = from_struct(create(seoul, VPC, "elsewhere", region="eu-west-1").properties)
    assert ":ap-northeast-2:" in here["arn"]
    assert ":us-east-1:" in there["arn"]
    assert ":eu-west-1:" in elsewhere["arn"]
    assert (here["tagsAll"], there["tagsAll"]) == ({}, {"owner": "me", "a": "b"})


def test_a_replacement_has_an_id_of_its_own_generation_after_generation(tmp_path: Path) -> None:
    seen: list[str] = []
    with connected(tmp_path) as provider:
        seen.append(create(provider, VPC).id)
    for _ in range(3):
        with connected(tmp_path) as provider:  # each update is another run
            diff(provider, VPC, seen[-1])
            seen.append(create(provider, VPC).id)
            provider.Delete(proto.DeleteRequest(urn=urn(VPC), id=seen[-2]))
    assert all(one != next_ for one, next_ in pairwise(seen))
    assert [record.id for record in Cloud(tmp_path).all()] == [seen[-1]]


def test_what_a_killed_run_made_is_made_again_as_it_was(tmp_path: Path) -> None:
    with connected(tmp_path) as provider:
        first = create(provider, ROLE, name="app")
    with connected(tmp_path) as provider:
        again = create(provider, ROLE, name="app")
    assert again == first


def test_aws_takes_no_second_thing_of_one_name(tmp_path: Path) -> None:
    with connected(tmp_path) as provider:
        create(provider, ROLE, "one", name="app")
        with pytest.raises(
            grpc.RpcError, match="AlreadyExists: urn:pulumi:prod::market::aws:iam/role:Role::one"
        ):
            create(provider, ROLE, "two", name="app")
        create(provider, "aws:cloudwatch/logGroup:LogGroup", "one", name="app", region="us-east-1")
        create(provider, "aws:cloudwatch/logGroup:LogGroup", "two", name="app", region="eu-west-1")


def test_a_read_of_something_gone_is_empty(tmp_path: Path) -> None:
    with connected(tmp_path) as provider:
        id_ = create(provider, VPC, cidrBlock="10.0.0.0/16").id
        request = proto.ReadRequest(urn=urn(VPC, "imported"), id=id_)
        found = provider.Read(request)
        assert from_struct(found.inputs)["cidrBlock"] == "10.0.0.0/16"
        provider.Delete(proto.DeleteRequest(urn=urn(VPC), id=id_))
        assert provider.Read(request).id == ""


def test_a_secret_input_is_a_secret_output(tmp_path: Path) -> None:
    with connected(tmp_path) as provider:
        made = create(
            provider, "aws:ssm/parameter:Parameter", name="p", type="SecureString", value=Secret("hunter2")
        )
    assert from_struct(made.properties)["value"] == Secret("hunter2")
    assert all(b"hunter2" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_launch_template_s_next_version_is_unknown_until_it_is_made(tmp_path: Path) -> None:
    type_ = "aws:ec2/launchTemplate:LaunchTemplate"
    with connected(tmp_path) as provider:
        made = create(provider, type_, imageId="ami-1")
        request = proto.UpdateRequest(
            urn=urn(type_),
            id=made.id,
            olds=made.properties,
            news=to_struct({"imageId": "ami-2"}),
            preview=True,
        )
        assert from_struct(provider.Update(request).properties)["latestVersion"] is UNKNOWN
        request.preview = False
        updated = from_struct(provider.Update(request).properties)
    assert (updated["latestVersion"], updated["defaultVersion"]) == (2, 1)


def test_a_configuration_key_that_aws_does_not_have(tmp_path: Path) -> None:
    with connected(tmp_path) as provider:
        news = to_struct({"region": "us-east-1", "regoin": "x", "version": "7.51.1"})
        name = "urn:pulumi:prod::market::pulumi:providers:aws::default"
        failures = provider.CheckConfig(proto.CheckRequest(urn=name, news=news)).failures
    assert [failure.reason for failure in failures] == [
        (
            "`aws:regoin` is not a valid configuration key for the aws provider. If the referenced key is not "
            "intended for the provider, please choose a different namespace from `aws:`."
        )
    ]


def test_many_resources_cost_little(tmp_path: Path) -> None:
    """Less than 2 ms for each of a type's resources once the type is known, Check and Create together."""
    count = 200
    with connected(tmp_path) as provider:

        def register(index: int) -> None:
            inputs = to_struct({"vpcId": "vpc-1", "cidrBlock": f"10.0.{index}.0/24", "tags": {"a": "b"}})
            type_ = "aws:ec2/subnet:Subnet"
            checked = provider.Check(
                proto.CheckRequest(urn=urn(type_, f"s{index}"), type=type_, name="s", news=inputs)
            )
            assert not checked.failures
            provider.Create(proto.CreateRequest(urn=urn(type_, f"s{index}"), properties=checked.inputs))

        register(count)
        started = time.process_time()
        with ThreadPoolExecutor(8) as clients:
            list(clients.map(register, range(count)))
        spent = time.process_time() - started
    assert spent / count < 0.004  # client and server share this process: half of it is the client's
    assert len(Cloud(tmp_path).all()) == count + 1
