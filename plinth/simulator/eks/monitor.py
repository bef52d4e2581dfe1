"""The engine's resource monitor, where a remote component registers its children."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, cast

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import resource_pb2 as resource
from pulumi.runtime.proto import resource_pb2_grpc as resource_grpc

from plinth.simulator import values as wire
from plinth.simulator.errors import Refused


class Monitor(Protocol):
    """What is used of `ResourceMonitorStub`, whose generated types are incomplete."""

    def RegisterResource(  # noqa: N802
        self, request: resource.RegisterResourceRequest, /
    ) -> resource.RegisterResourceResponse: ...

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource.RegisterResourceOutputsRequest, /
    ) -> object: ...

    def Invoke(  # noqa: N802
        self, request: resource.ResourceInvokeRequest, /
    ) -> resource.ResourceInvokeResponse: ...


@contextmanager
def connect(endpoint: str) -> Generator[Monitor]:
    """The monitor of one update, at `endpoint`."""
    with grpc.insecure_channel(endpoint, options=[("grpc.max_receive_message_length", -1)]) as channel:
        yield cast("Monitor", resource_grpc.ResourceMonitorStub(channel))


def invoke(
    monitor: Monitor, token: str, arguments: Mapping[str, Any], *, provider: str = "", version: str = ""
) -> dict[str, Any]:
    """The answer of provider function `token`. Raises `Refused` with its failures."""
    request = resource.ResourceInvokeRequest(
        tok=token, args=wire.to_struct(arguments), provider=provider, version=version, acceptResources=True
    )
    answer = monitor.Invoke(request)
    failures: list[proto.CheckFailure] = list(getattr(answer, "failures"))  # noqa: B009 - untyped in the SDK's stubs
    if failures:
        raise Refused(f"{token}: {'; '.join(failure.reason for failure in failures)}")
    returned: struct_pb2.Struct = getattr(answer, "return")
    return wire.from_struct(returned)


def state_of(monitor: Monitor, urn: str) -> dict[str, Any]:
    """The outputs of a resource of this stack; empty while it has none."""
    state = invoke(monitor, "pulumi:pulumi:getResource", {"urn": urn}).get("state")
    return cast("dict[str, Any]", state) if isinstance(state, dict) else {}
