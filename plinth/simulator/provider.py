"""One simulated provider: the gRPC service that the engine calls for every resource of a package."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import shake_128
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2 as plugin
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc as provider_grpc

from plinth.simulator import check, diff, functions, packages, remote, replacements
from plinth.simulator import schema as schemas
from plinth.simulator.cloud import Cloud, Record
from plinth.simulator.creation import Creation, outputs, planned_outputs
from plinth.simulator.errors import Refused
from plinth.simulator.values import Secret, contains, from_struct, plain, to_struct

DIFF_KINDS = {
    ("add", False): proto.PropertyDiff.ADD,
    ("add", True): proto.PropertyDiff.ADD_REPLACE,
    ("delete", False): proto.PropertyDiff.DELETE,
    ("delete", True): proto.PropertyDiff.DELETE_REPLACE,
    ("update", False): proto.PropertyDiff.UPDATE,
    ("update", True): proto.PropertyDiff.UPDATE_REPLACE,
}


@dataclass(frozen=True)
class Configuration:
    """How one provider instance (default or explicit) is configured."""

    region: str = "us-east-1"
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])


def refusals_as_errors(method: Callable[..., Any]) -> Callable[..., Any]:
    """What AWS would refuse reaches the user as the provider's error text, never as a traceback."""

    @functools.wraps(method)
    def wrapped(self: Provider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except Refused as refusal:
            return context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        except grpc.RpcError as failure:
            # A resource of a remote component failed; the engine has said so already.
            return context.abort(grpc.StatusCode.UNKNOWN, str(failure))

    return wrapped


class Provider(provider_grpc.ResourceProviderServicer):
    """Serves package `package` on the record `cloud`.

    Every instance of the package's provider that a program makes talks to this object, each over a connection of its
    own; requests do not say which instance they are for, so configurations are kept by the caller's address.
    """

    def __init__(self, package: str, cloud: Cloud) -> None:
        self._package = package
        self._cloud = cloud
        self._configurations: dict[str, Configuration] = {}
        self._known: set[tuple[str, str]] = set()

    def Handshake(self, request: proto.ProviderHandshakeRequest, context: grpc.ServicerContext):  # noqa: N802
        return proto.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True
        )

    def Attach(self, request: plugin.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin.PluginInfo:  # noqa: N802
        return plugin.PluginInfo(version=schemas.package_version(self._package))

    def CheckConfig(self, request: proto.CheckRequest, context: grpc.ServicerContext):  # noqa: N802
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: proto.DiffRequest, context: grpc.ServicerContext):  # noqa: N802
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        found = diff.changes(old, new, ("region",), tuple(request.ignoreChanges))
        # Tags and the like change a provider in place; another region is another place.
        return diff_response([change for change in found if change.path != "version"], deleted_first=False)

    def Configure(self, request: proto.ConfigureRequest, context: grpc.ServicerContext):  # noqa: N802
        arguments = plain(from_struct(request.args))
        default_tags = arguments.get("defaultTags") or {}
        tags = default_tags.get("tags") if isinstance(default_tags, dict) else {}  # pyright: ignore
        self._configurations[context.peer()] = Configuration(
            region=str(arguments.get("region") or "us-east-1"),
            default_tags=tags if isinstance(tags, dict) else {},  # pyright: ignore
        )
        return proto.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True
        )

    def Check(self, request: proto.CheckRequest, context: grpc.ServicerContext):  # noqa: N802
        """Refuse what the type's schema refuses, and give the resource its name."""
        schema, inputs = schemas.resource(request.type), from_struct(request.news)
        if schema is None and schemas.package_folder(self._package):
            reason = f"{request.type}: the installed SDK of package {self._package!r} has no such resource type"
            return proto.CheckResponse(failures=[proto.CheckFailure(reason=reason)])
        named = with_name(request, inputs, schema)
        found = check.failures(named, schema.inputs if schema else {}, kubernetes=self._package == "kubernetes")
        return proto.CheckResponse(
            inputs=to_struct(named),
            failures=[proto.CheckFailure(property=failure.property, reason=failure.reason) for failure in found],
        )

    def Diff(self, request: proto.DiffRequest, context: grpc.ServicerContext):  # noqa: N802
        type_ = type_of(request.urn)
        self._known.add((type_, request.id))
        found = diff.changes(
            from_struct(request.old_inputs),
            from_struct(request.news),
            replacements.replacing(type_),
            tuple(request.ignoreChanges),
        )
        return diff_response(found, deleted_first=type_ in replacements.DELETED_FIRST)

    @refusals_as_errors
    def Create(self, request: proto.CreateRequest, context: grpc.ServicerContext):  # noqa: N802
        creation = self._creation(request.urn, from_struct(request.properties), context)
        kind, schema = packages.kind_of(creation.type), schemas.resource(creation.type)
        inputs = from_struct(request.properties)
        if request.preview:
            return proto.CreateResponse(properties=to_struct(sealed(planned_outputs(creation, kind, schema), inputs)))
        id_ = packages.new_id(creation)
        made = sealed(outputs(creation, id_, kind, schema, packages.guess), inputs)
        self._cloud.put(Record(creation.type, id_, creation.urn, made))
        self._known.add((creation.type, id_))
        return proto.CreateResponse(id=id_, properties=to_struct(made))

    @refusals_as_errors
    def Update(self, request: proto.UpdateRequest, context: grpc.ServicerContext):  # noqa: N802
        inputs, old = from_struct(request.news), from_struct(request.olds)
        creation = self._creation(request.urn, inputs, context)
        kind, schema = packages.kind_of(creation.type), schemas.resource(creation.type)
        given = {key: value for key, value in inputs.items() if not key.startswith("__")}
        settable = set(schema.inputs) if schema else set(given)
        kept = {key: value for key, value in old.items() if key not in settable or key in dict(kind.defaults)}
        computed = planned_outputs(creation, kind, schema) if request.preview else {}
        unknown = {key: value for key, value in computed.items() if key in settable and key not in given}
        merged = {**kept, **unknown, **given}
        if "tagsAll" in merged:
            merged["tagsAll"] = packages.aws.tags_all(creation)
        if not request.preview:
            fresh = outputs(creation, request.id, kind, schema, packages.guess)
            merged = {**fresh, **merged, **revised(creation, old)}
            self._cloud.put(Record(creation.type, request.id, request.urn, merged))
        return proto.UpdateResponse(properties=to_struct(sealed(merged, inputs)))

    def Read(self, request: proto.ReadRequest, context: grpc.ServicerContext):  # noqa: N802
        """The resource as it was made; an empty answer when it is gone, which a refresh shows as a deletion."""
        type_ = type_of(request.urn)
        self._known.add((type_, request.id))
        record = self._cloud.get(type_, request.id)
        if record is None:
            return proto.ReadResponse()
        if request.properties.fields:
            return proto.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        schema = schemas.resource(type_)
        settable = set(schema.inputs) if schema else set(record.properties)
        inputs = {key: value for key, value in record.properties.items() if key in settable}
        return proto.ReadResponse(id=record.id, properties=to_struct(record.properties), inputs=to_struct(inputs))

    def Delete(self, request: proto.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        self._cloud.delete(type_of(request.urn), request.id)
        return empty_pb2.Empty()

    @refusals_as_errors
    def Invoke(self, request: proto.InvokeRequest, context: grpc.ServicerContext):  # noqa: N802
        arguments = plain(from_struct(getattr(request, "args")))  # noqa: B009
        region = self._configuration(context).region
        return proto.InvokeResponse(**{"return": to_struct(functions.call(request.tok, arguments, self._cloud, region))})

    @refusals_as_errors
    def Construct(self, request: proto.ConstructRequest, context: grpc.ServicerContext):  # noqa: N802
        return remote.construct(request)

    @refusals_as_errors
    def Call(self, request: proto.CallRequest, context: grpc.ServicerContext):  # noqa: N802
        return remote.call(request)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def _configuration(self, context: grpc.ServicerContext) -> Configuration:
        return self._configurations.get(context.peer(), Configuration())

    def _creation(self, urn: str, inputs: Mapping[str, Any], context: grpc.ServicerContext) -> Creation:
        configuration = self._configuration(context)
        values = {key: value for key, value in plain(dict(inputs)).items() if not key.startswith("__")}
        region = values.get("region")
        return Creation(
            urn,
            type_of(urn),
            values,
            region=region if isinstance(region, str) else configuration.region,
            default_tags=configuration.default_tags,
            serial=self._free_serial(urn),
        )

    def _free_serial(self, urn: str) -> int:
        """How many live predecessors stand beside the one in the making.

        Those that this run has looked at are predecessors. One that it has not is what a killed run left behind: it is
        made anew under its old id.
        """
        type_ = type_of(urn)
        return sum((type_, record.id) in self._known for record in self._cloud.of_urn(urn))


def type_of(urn: str) -> str:
    """The resource type in a urn: the last of its chain of types."""
    return urn.split("::")[2].rpartition("$")[2]


def with_name(request: proto.CheckRequest, inputs: dict[str, Any], schema: schemas.Resource | None) -> dict[str, Any]:
    """`inputs` with the name that the provider makes up: the old one's if it made that up, else a new one."""
    old = from_struct(request.olds)
    if request.type.startswith("kubernetes:"):
        return with_object_name(request, inputs, old)
    key = packages.autoname(request.type, schema)
    if key is None or inputs.get(key) is not None or inputs.get(f"{key}Prefix") is not None:
        return inputs
    name = old[key] if key in (old.get("__defaults") or []) else f"{request.name}-{suffix(request, 7)}"
    lowered = name.lower() if key in {"bucket", "clusterIdentifier", "replicationGroupId"} else name
    return {**inputs, key: lowered, "__defaults": [key]}


def with_object_name(request: proto.CheckRequest, inputs: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The Kubernetes provider's way: the name goes into the object's metadata, with a mark of who made it up."""
    metadata = inputs.get("metadata") or {}
    if not isinstance(metadata, dict) or metadata.get("name") is not None or metadata.get("generateName") is not None:  # pyright: ignore
        return inputs
    annotations = {**(metadata.get("annotations") or {}), "pulumi.com/autonamed": "true"}  # pyright: ignore
    before = (old.get("metadata") or {}).get("name")
    name = before or f"{request.name}-{suffix(request, 8)}".lower()
    return {**inputs, "metadata": {**metadata, "name": name, "annotations": annotations}}


def suffix(request: proto.CheckRequest, length: int) -> str:
    """The random end of a name: from the engine's seed, so that one plan always gives one name."""
    return shake_128(request.randomSeed or request.urn.encode()).hexdigest(length)[:length]


def sealed(values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with those secret whose inputs hold a secret."""
    return {
        key: Secret(plain(value)) if contains(inputs.get(key), Secret) and not isinstance(value, Secret) else value
        for key, value in values.items()
    }


def revised(creation: Creation, old: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs that an update moves on: a changed launch template has a new version."""
    if creation.type == "aws:ec2/launchTemplate:LaunchTemplate":
        version = int(old.get("latestVersion") or 1) + 1
        return {"latestVersion": version, "defaultVersion": version}
    return {}


def diff_response(found: list[diff.Change], *, deleted_first: bool) -> proto.DiffResponse:
    replaced = [change.path for change in found if change.replaces]
    top_level = sorted({diff.steps_of(change.path)[0] for change in found})
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME if found else proto.DiffResponse.DIFF_NONE,
        diffs=top_level,
        replaces=sorted({diff.steps_of(path)[0] for path in replaced}),
        deleteBeforeReplace=bool(replaced) and deleted_first,
        hasDetailedDiff=True,
        detailedDiff={
            change.path: proto.PropertyDiff(kind=DIFF_KINDS[change.kind, change.replaces], inputDiff=True)
            for change in found
        },
    )


