"""A remote component at work: its arguments, and the engine's resource monitor where it registers its children."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import resource_pb2 as resource

from plinth.simulator import values as wire
from plinth.simulator.eks.monitor import Monitor, connect, invoke, state_of
from plinth.simulator.eks.values import Out, Reference, is_empty, is_unknown, parse, resolve, to_struct
from plinth.simulator.errors import Refused
from plinth.simulator.values import UNKNOWN

AWS_VERSION = "7.25.0"
"""The version of pulumi-aws that pulumi-eks 4.3.0 is built with: its children ask for a default provider of their own."""

KUBERNETES_VERSION = "4.19.0"


@dataclass(frozen=True)
class Child:
    """A registered resource."""

    urn: str
    id: Any
    state: Mapping[str, Any]

    @property
    def reference(self) -> Reference:
        return Reference(self.urn, self.id)

    @property
    def id_output(self) -> Out:
        return Out(self.id, frozenset({self.urn}))

    def output(self, name: str) -> Out:
        return Out(self.state.get(name, UNKNOWN if self.id is UNKNOWN else None), frozenset({self.urn}))


@dataclass(frozen=True)
class Built:
    """A finished component: its urn and outputs."""

    urn: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Component:
    """The component that is being built; `args` are its arguments, parsed."""

    request: proto.ConstructRequest
    monitor: Monitor
    args: Mapping[str, Any]
    urn: str = ""
    provider: str = ""

    @classmethod
    @contextmanager
    def open(cls, request: proto.ConstructRequest) -> Generator[Component]:
        """Connect to the monitor of the update that `request` belongs to."""
        with connect(request.monitorEndpoint) as monitor:
            args = {key: parse(value) for key, value in request.inputs.fields.items()}
            yield cls(request, monitor, args, provider=request.providers.get("aws", ""))

    @property
    def name(self) -> str:
        return self.request.name

    def arg(self, name: str, default: Any = None) -> Any:
        """An argument as given; None counts as not given."""
        value = self.args.get(name)
        return default if value is None else value

    def mapping(self, name: str) -> dict[str, Any]:
        """An argument that is an object; empty when it is not given."""
        value = self.arg(name, {})
        if not isinstance(value, Out):
            return value
        return {key: Out(inner, value.urns) for key, inner in self.known(name).items()}

    def items(self, name: str) -> list[Any]:
        """An argument that is a list; empty when it is not given."""
        value = self.arg(name, [])
        if not isinstance(value, Out):
            return value
        inner: list[Any] = [UNKNOWN] if is_unknown(value) else value.value
        return [Out(item, value.urns) for item in inner]

    def known(self, name: str, default: Any = None) -> Any:
        """An argument that decides what is registered, and so must be known. Raises `Refused`."""
        value = self.arg(name, default)
        if is_unknown(value):
            raise Refused(
                f"{self.request.type} {self.name}: {name} is not known at preview, but decides what is made."
            )
        return resolve(value)

    def refuse_others(self, understood: Collection[str]) -> None:
        """Refuse arguments that would have no effect here, though they have one for real. Raises `Refused`."""
        given = (name for name, value in self.args.items() if name not in understood and not is_empty(value))
        if others := sorted(given):
            raise Refused(
                f"{self.request.type} {self.name}: {', '.join(others)}: not simulated, so the rehearsal would show something "
                "else than AWS. Leave it out of the rehearsed stack, or add it to plinth/simulator/eks."
            )

    def arn_of(self, name: str) -> Out:
        """The ARN of the resource that argument `name` refers to."""
        reference: Reference = self.arg(name)
        return Out(state_of(self.monitor, reference.urn).get("arn", UNKNOWN), frozenset({reference.urn}))

    def register_self(self, parent: str | None = None, dependencies: Iterable[str] = ()) -> Component:
        """Register the component itself, with nothing in it, and return it with its urn."""
        answer = self._send(
            type=self.request.type,
            name=self.name,
            parent=parent or self.request.parent,
            custom=False,
            protect=self.request.protect,
            dependencies=sorted({*self.request.dependencies, *dependencies}),
        )
        return replace(self, urn=answer.urn)

    def child_component(self, type_: str, name: str, dependencies: Iterable[str] = ()) -> Component:
        """A component of its own below this one (`ServiceRole`, `VpcCniAddon`)."""
        answer = self._send(
            type=type_,
            name=name,
            parent=self.urn,
            custom=False,
            protect=self.request.protect,
            dependencies=sorted(set(dependencies)),
        )
        return replace(self, urn=answer.urn)

    def child(
        self,
        type_: str,
        name: str,
        inputs: Mapping[str, Any],
        *,
        parent: str | None = None,
        after: Iterable[str] = (),
        ignore_changes: Sequence[str] = (),
        provider: str | None = None,
    ) -> Child:
        """Register one resource; `after` are urns that it waits for beyond those that its inputs name."""
        struct, dependencies = to_struct(inputs)
        package = type_.partition(":")[0]
        provider = provider if provider is not None else self.provider if package == "aws" else ""
        answer = self._send(
            type=type_,
            name=name,
            parent=parent or self.urn,
            custom=True,
            object=struct,
            protect=self.request.protect,
            provider=provider,
            version={"aws": AWS_VERSION}.get(package, KUBERNETES_VERSION),
            dependencies=sorted({*after, *(urn for urns in dependencies.values() for urn in urns)}),
            propertyDependencies={
                key: resource.RegisterResourceRequest.PropertyDependencies(urns=sorted(urns))
                for key, urns in dependencies.items()
            },
            ignoreChanges=ignore_changes,
        )
        state = wire.from_struct(answer.object)
        id_ = UNKNOWN if answer.id in ("", wire.UNKNOWN_TEXT) else answer.id
        return Child(answer.urn, id_, state)

    def register_outputs(self, outputs: Mapping[str, Any]) -> None:
        struct, _ = to_struct(outputs)
        self.monitor.RegisterResourceOutputs(
            resource.RegisterResourceOutputsRequest(urn=self.urn, outputs=struct)
        )

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a provider function through the engine. Raises `Refused` with its failures."""
        if not token.startswith("aws:"):
            return invoke(self.monitor, token, arguments)
        return invoke(self.monitor, token, arguments, provider=self.provider, version=AWS_VERSION)

    def _send(self, **fields: Any) -> resource.RegisterResourceResponse:
        request = resource.RegisterResourceRequest(
            acceptSecrets=True, acceptResources=True, supportsPartialValues=True, **fields
        )
        return self.monitor.RegisterResource(request)


def together(*registrations: Callable[[], Any]) -> list[Any]:
    """The results of registrations that do not need each other, sent at once, as the real provider's promises are."""
    with ThreadPoolExecutor(len(registrations)) as pool:
        return [running.result() for running in [pool.submit(start) for start in registrations]]


def policy_suffix(policy_arn: str) -> str:
    """How pulumi-eks tells a role's attachments apart."""
    return hashlib.sha1(policy_arn.encode()).hexdigest()[:8]  # noqa: S324 - a name, no security
