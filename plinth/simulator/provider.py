"""One simulated provider: the gRPC service that the engine calls for every resource of a package."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2 as plugin
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc as provider_grpc

from plinth.simulator import autonaming, check, configuration, diff, functions, packages, remote, replacements
from plinth.simulator import schema as schemas
from plinth.simulator.cloud import Cloud, Record, stack_of
from plinth.simulator.configuration import Configuration
from plinth.simulator.creation import Creation
from plinth.simulator.errors import Refused
from plinth.simulator.values import UNKNOWN, Secret, contains, from_struct, plain, to_struct

# ruff: noqa: N802 - the methods are named by the protocol
# ruff: noqa: ARG002 - and so are their parameters

Context = grpc.ServicerContext

PROTECTIONS = ("deletionProtection", "enableDeletionProtection")
"""What a resource calls the setting by which AWS refuses to delete it."""


def refusals_as_errors(method: Callable[..., Any]) -> Callable[..., Any]:
    """What AWS would refuse reaches the user as the provider's error text, never as a traceback."""

    @functools.wraps(method)
    def wrapped(self: Provider, request: Any, context: Context) -> Any:
        try:
            return method(self, request, context)
        except Refused as refusal:
            return context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        except grpc.RpcError as failure:
            # A resource of a remote component failed; the engine has said so already.
            return context.abort(grpc.StatusCode.UNKNOWN, failure.details() or str(failure))

    return wrapped


class Provider(provider_grpc.ResourceProviderServicer):
    """Serves package `package` on the record `cloud`.

    Every instance of the package's provider that a program makes talks to this object, each over a connection of its
    own; requests do not say which instance they are for, so configurations are kept by the caller's address.
    """

    def __init__(self, package: str, cloud: Cloud, *, protected: bool = True) -> None:
        self._package = package
        self._cloud = cloud
        self._protected = protected
        self._configurations: dict[str, Configuration] = {}
        self._known: set[tuple[str, str]] = set()

    def Handshake(
        self, request: proto.ProviderHandshakeRequest, context: Context
    ) -> proto.ProviderHandshakeResponse:
        return proto.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True
        )

    def Attach(self, request: plugin.PluginAttach, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin.PluginInfo:
        return plugin.PluginInfo(version=schemas.package_version(self._package))

    def CheckConfig(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:
        reasons = configuration.refusals(self._package, request.urn, from_struct(request.news))
        return proto.CheckResponse(
            inputs=request.news, failures=[proto.CheckFailure(reason=reason) for reason in reasons]
        )

    def DiffConfig(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:
        """Tags and the like change a provider in place; another region is another place."""
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        found = diff.changes(old, new, ("region",), tuple(request.ignoreChanges))
        return diff.response([change for change in found if change.path != "version"], deleted_first=False)

    def Configure(self, request: proto.ConfigureRequest, context: Context) -> proto.ConfigureResponse:
        self._configurations[context.peer()] = Configuration.of(from_struct(request.args))
        return proto.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True
        )

    @refusals_as_errors
    def Check(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:
        """Refuse what the type's schema refuses, and give the resource its name."""
        schema = schemas.resource(request.type)
        if (
            schema is None
            and schemas.package_folder(self._package)
            and not packages.is_declared_elsewhere(request.type)
        ):
            reason = (
                f"{request.type}: the installed SDK of package {self._package!r} has no such resource type"
            )
            return proto.CheckResponse(failures=[proto.CheckFailure(reason=reason)])
        inputs, old = from_struct(request.news), from_struct(request.olds)
        if packages.is_object(request.type):
            named = autonaming.with_object_name(request, inputs, old)
        else:
            named = autonaming.with_name(request, inputs, old, packages.autoname(request.type, schema))
        kubernetes = self._package == "kubernetes"
        found = check.failures(named, schema.inputs if schema else {}, kubernetes=kubernetes)
        found = found or list(packages.rules_of(request.type).arguments(plain(named)))
        return proto.CheckResponse(
            inputs=to_struct(named),
            failures=[proto.CheckFailure(reason=failure.about(request.name)) for failure in found],
        )

    def Diff(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:
        type_ = type_of(request.urn)
        self._known.add((request.urn, request.id))
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        sometimes = packages.rules_of(type_).replaces(plain(old), plain(new))
        replacing = (*replacements.replacing(type_), *sometimes)
        found = diff.changes(old, new, replacing, tuple(request.ignoreChanges))
        key = packages.autoname(type_, schemas.resource(type_))
        may_clash = key is not None if self._package != "kubernetes" else packages.is_object(type_)
        same_name = may_clash and autonaming.deleted_first(key, old, new)
        return diff.response(found, deleted_first=same_name or type_ in replacements.DELETED_FIRST)

    @refusals_as_errors
    def Create(self, request: proto.CreateRequest, context: Context) -> proto.CreateResponse:
        inputs = from_struct(request.properties)
        creation = self._creation(request.urn, inputs, context)
        blueprint = packages.blueprint(creation.type)
        if request.preview:
            planned = with_tags(blueprint.planned(creation), creation)
            return proto.CreateResponse(properties=to_struct(sealed(planned, inputs)))
        creation, id_ = self._with_free_id(packages.with_prefixed_name(creation))
        creation = replace(creation, cloud=self._cloud)
        if blueprint.kind.unique:
            self._refuse_second(creation, id_)
        refuse(packages.rules_of(creation.type).change(creation, {}), f"creating {creation.type} ({id_})")
        made = sealed(blueprint.outputs(creation, id_), inputs)
        self._cloud.put(Record(creation.type, id_, creation.urn, made))
        self._known.add((creation.urn, id_))
        return proto.CreateResponse(id=id_, properties=to_struct(made))

    @refusals_as_errors
    def Update(self, request: proto.UpdateRequest, context: Context) -> proto.UpdateResponse:
        inputs, old = from_struct(request.news), from_struct(request.olds)
        creation = self._creation(request.urn, inputs, context).with_id(request.id)
        blueprint = packages.blueprint(creation.type)
        if not request.preview:
            creation = replace(creation, cloud=self._cloud)
            rules = packages.rules_of(creation.type)
            refuse(rules.change(creation, plain(old)), f"updating {creation.type} ({request.id})")
        made = with_tags(blueprint.updated(creation, old), creation)
        revised = blueprint.kind.revised(creation, old)
        made |= {key: UNKNOWN if request.preview else value for key, value in revised.items()}
        made = sealed(made, inputs)
        if not request.preview:
            self._replace_record(Record(creation.type, request.id, request.urn, made))
        return proto.UpdateResponse(properties=to_struct(made))

    def Read(self, request: proto.ReadRequest, context: Context) -> proto.ReadResponse:
        """The resource as it was made; an empty answer when it is gone, which a refresh shows as a deletion."""
        type_ = type_of(request.urn)
        self._known.add((request.urn, request.id))
        record = self._cloud.find(type_, request.id, request.urn)
        if record is None:
            return proto.ReadResponse()
        if request.properties.fields:
            return proto.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        schema = schemas.resource(type_)
        settable = set(schema.inputs) if schema else set(record.properties)
        inputs = {key: value for key, value in record.properties.items() if key in settable}
        return proto.ReadResponse(
            id=record.id, properties=to_struct(record.properties), inputs=to_struct(inputs)
        )

    @refusals_as_errors
    def Delete(self, request: proto.DeleteRequest, context: Context) -> empty_pb2.Empty:
        record = self._cloud.find(type_of(request.urn), request.id, request.urn)
        if record and stack_of(record.urn) == stack_of(request.urn):
            rules = packages.rules_of(record.type)
            unprotected = {} if self._protected else dict.fromkeys(PROTECTIONS, False)
            properties = {**record.properties, **unprotected}
            going = Creation(record.urn, record.type, properties, id=record.id, cloud=self._cloud)
            refuse(rules.deletion(going), f"deleting {record.type} ({record.id})")
            self._cloud.delete(record)
            if name := rules.keeps(going):
                self._cloud.keep_name(record.type, name, record.urn)
        return empty_pb2.Empty()

    @refusals_as_errors
    def Invoke(self, request: proto.InvokeRequest, context: Context) -> proto.InvokeResponse:
        arguments = plain(from_struct(getattr(request, "args")))  # noqa: B009 - the stubs do not know the field
        region = self._configuration(context).region
        answer = functions.call(request.tok, arguments, self._cloud, region)
        # `return` is a keyword of Python's, so the field has to be named by a string.
        response: dict[str, Any] = {"return": to_struct(answer)}
        return proto.InvokeResponse(**response)

    @refusals_as_errors
    def Construct(self, request: proto.ConstructRequest, context: Context) -> proto.ConstructResponse:
        return remote.construct(request)

    @refusals_as_errors
    def Call(self, request: proto.CallRequest, context: Context) -> proto.CallResponse:
        return remote.call(request)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _configuration(self, context: Context) -> Configuration:
        return self._configurations.get(context.peer(), Configuration())

    def _creation(self, urn: str, inputs: Mapping[str, Any], context: Context) -> Creation:
        configured = self._configuration(context)
        values = {key: value for key, value in plain(dict(inputs)).items() if not key.startswith("__")}
        region = values.get("region")
        return Creation(
            urn,
            type_of(urn),
            values,
            region=region if isinstance(region, str) else configured.region,
            default_tags=configured.default_tags,
        )

    def _with_free_id(self, creation: Creation) -> tuple[Creation, str]:
        """`creation` in the first generation whose id no predecessor has, and that id.

        Predecessors are those that this run has looked at. What it has not looked at is what a killed run left behind,
        which Pulumi's state does not know: that is made anew under its old id.
        """
        first = id_ = packages.new_id(creation)
        while (creation.urn, id_) in self._known:
            creation = replace(creation, serial=creation.serial + 1)
            id_ = packages.new_id(creation)
            if id_ == first:
                break
        return creation, id_

    def _refuse_second(self, creation: Creation, id_: str) -> None:
        other = self._cloud.find(creation.type, id_, creation.urn)
        if other is None or stack_of(other.urn) != stack_of(creation.urn):
            return
        if other.urn == creation.urn and (creation.urn, id_) not in self._known:
            return  # a killed run left it behind
        if other.properties.get("region", creation.region) == creation.region:
            raise Refused(
                f"creating {creation.type} ({id_}): AlreadyExists: {other.urn} has that name in AWS, "
                "which takes no second one. Give one of them another name, or an alias if it is the same resource."
            )

    def _replace_record(self, record: Record) -> None:
        """Keep `record`; over what its resource left under an earlier urn, when the program has renamed it."""
        old = self._cloud.find(record.type, record.id, record.urn)
        if old and stack_of(old.urn) == stack_of(record.urn):
            self._cloud.delete(old)
        self._cloud.put(record)


def refuse(reasons: Iterator[str], doing: str) -> None:
    """Raise `Refused` with the first of `reasons`, if there is one: AWS tells one at a time."""
    for reason in reasons:
        raise Refused(f"{doing}: {reason}")


def type_of(urn: str) -> str:
    """The resource type in a urn: the last of its chain of types."""
    return urn.split("::")[2].rpartition("$")[2]


def sealed(values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with those secret whose inputs hold a secret."""
    secret = {key for key, value in inputs.items() if contains(value, Secret)}
    return {key: Secret(plain(value)) if key in secret else value for key, value in values.items()}


def with_tags(made: dict[str, Any], creation: Creation) -> dict[str, Any]:
    """`made` with the tags of resource and provider together, which the provider knows before AWS does."""
    return {**made, "tagsAll": packages.aws.tags_all(creation)} if "tagsAll" in made else made
