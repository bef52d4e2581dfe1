"""The SDK's analyzer, reading a stack once however many policies ask.

pulumi-policy 1.21 makes the properties of all resources anew for each stack policy: 50 policies on 1,000 resources cost
seconds. Here resources are read once a request, then the SDK runs its policies on none: they take what was found from
`Run`. Its class has no public name; `test_pack.py` tells on the real engine when a new version needs another way in.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import policy as sdk
from pulumi_policy.deserialize import deserialize_properties

from incidents.graph import Resource
from incidents.unknowns import plain


class Run(Protocol):
    """What judges: told of the configuration once, and of the resources of each stack."""

    def configure(self, config: Mapping[str, Mapping[str, Any]]) -> None:
        """`config` has the properties for each policy that is configured, the pack's own or not."""
        ...

    def judge(self, resources: Sequence[Resource]) -> None: ...


def read_once(run: Run) -> None:
    """Make the SDK's next `PolicyPack` hand what it is told to `run`, before its policies are asked."""
    module = cast("Any", sdk)
    inputs: dict[str, Any] = {}

    class Analyzer(module._PolicyAnalyzerServicer):  # noqa: SLF001
        """The SDK's, with the resources taken from its request."""

        def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name
            inputs[request.urn] = request.properties
            return proto.AnalyzeResponse()

        def Remediate(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name
            return proto.RemediateResponse()  # policies on whole stacks cannot

        def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
            run.configure(
                {
                    name: json_format.MessageToDict(one.properties)
                    for name, one in request.policyConfig.items()
                }
            )
            inner: Any = super()
            return inner.Configure(request, context)

        def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
            run.judge(read(request.resources, inputs))
            inner: Any = super()
            return inner.AnalyzeStack(proto.AnalyzeStackRequest(), context)

    module._PolicyAnalyzerServicer = Analyzer  # noqa: SLF001


def read(resources: Iterable[Any], inputs: Mapping[str, Any]) -> list[Resource]:
    """The resources of a request (`AnalyzerResource` of Pulumi's analyzer.proto).

    `inputs` has what was told of each by itself, by urn. It is all there is to know of a resource whose provider is not
    configured before its cluster is there: the engine lists those without any property.
    """
    found = [
        read_one(item, item.properties if item.properties else inputs.get(item.urn)) for item in resources
    ]
    gc.freeze()  # they stay to the end: to look through them for garbage again and again costs as much as to judge them
    return found


def read_one(item: Any, properties: Any) -> Resource:
    return Resource(
        urn=item.urn,
        type=item.type,
        name=item.name,
        props=plain(deserialize_properties(json_format.MessageToDict(properties))) if properties else {},
        parent=item.parent or None,
        edges={key: tuple(found.urns) for key, found in item.propertyDependencies.items()},
        protect=item.options.protect,
    )
