"""What differs between the simulated packages: aws, kubernetes, random, and any other one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from plinth.simulator import aws, helm, kubernetes_rules, random_values
from plinth.simulator import schema as schemas
from plinth.simulator.autonaming import metadata_of
from plinth.simulator.creation import CREATED, Blueprint, Creation, Kind
from plinth.simulator.rules import NO_RULES, Rules
from plinth.simulator.schema import Property, Resource
from plinth.simulator.values import Secret


def live_object(creation: Creation, _id: str) -> Mapping[str, Any]:
    """What the API server adds to an object; the contents of a `Secret` are secret whoever wrote them."""
    sealed = ("data", "stringData") if creation.type.endswith("/v1:Secret") else ()
    return {
        "metadata": {
            **metadata_of(creation.inputs),
            "uid": f"{creation.hex(8, 'uid')}-0000-4000-8000-{creation.hex(12, 'uid')}",
            "creationTimestamp": CREATED,
            "resourceVersion": "1",
            "generation": 1,
        },
        **{key: Secret(creation.inputs[key]) for key in sealed if key in creation.inputs},
    }


KUBERNETES = Kind(
    lambda creation: "/".join(filter(None, (namespace_of(creation), object_name(creation)))),
    live_object,
    autoname=None,
    fills=False,
)

CLUSTER_WIDE = {
    "APIService", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "EC2NodeClass", "IngressClass",
    "Namespace", "Node", "NodeClass", "NodePool", "PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "CSIDriver",
}  # fmt: skip


def is_object(type_: str) -> bool:
    """Whether a resource is an object of Kubernetes's API, with `metadata`."""
    return type_.startswith("kubernetes:") and type_ != helm.RELEASE


def namespace_of(creation: Creation) -> str:
    if (creation.inputs.get("kind") or creation.type.rpartition(":")[2]) in CLUSTER_WIDE:
        return ""
    return str(metadata_of(creation.inputs).get("namespace") or "default")


def object_name(creation: Creation) -> str:
    return str(metadata_of(creation.inputs).get("name") or creation.name)


GENERIC = Kind(lambda creation: f"{creation.name}-{creation.hex(7)}", autoname=None, fills=False)


def kind_of(type_: str) -> Kind:
    """What is special about resource type `type_`."""
    match type_.partition(":")[0]:
        case "aws":
            return aws.kind_of(type_)
        case "kubernetes":
            return helm.KIND if type_ == helm.RELEASE else KUBERNETES
        case "random":
            return random_values.KIND
        case _:
            return GENERIC


@cache
def blueprint(type_: str) -> Blueprint:
    """All that is known of resource type `type_`."""
    return Blueprint(kind_of(type_), schemas.resource(type_), guess)


def new_id(creation: Creation) -> str:
    kind = kind_of(creation.type)
    return kind.id(creation) if kind.id else aws.new_id(creation)


def with_prefixed_name(creation: Creation) -> Creation:
    """`creation` with the name that the provider makes of `namePrefix` when it is given: 26 digits behind it."""
    key = kind_of(creation.type).autoname
    prefix = creation.inputs.get(f"{key}Prefix")
    if not isinstance(prefix, str) or creation.inputs.get(str(key)) is not None:
        return creation
    return replace(creation, inputs={**creation.inputs, str(key): prefix + creation.hex(26, "name")})


def rules_of(type_: str) -> Rules:
    """What is refused of resource type `type_`, and which of its changes replace it only sometimes."""
    if is_object(type_):
        return kubernetes_rules.rules_of(type_)
    return aws.RULES.get(type_, NO_RULES)


def guess(creation: Creation, id_: str, output: Property) -> Any:
    """A value for an output that no rule names."""
    if creation.type.startswith("aws:"):
        return aws.guess(creation, id_, output)
    return None if creation.type.startswith("kubernetes:") else aws.by_type(creation, output)


def is_declared_elsewhere(type_: str) -> bool:
    """Whether `type_` is a Kubernetes custom resource, whose schema is in the cluster: `karpenter.sh/v1:NodePool`."""
    package, group_version, _ = type_.split(":")
    return package == "kubernetes" and "." in group_version.partition("/")[0] and "/" in group_version


def autoname(type_: str, schema: Resource | None) -> str | None:
    """The property that the provider names at random when it is not given (Pulumi docs, "Auto-naming")."""
    name = kind_of(type_).autoname
    declared = schema.inputs.get(name) if schema and name else None
    return name if declared and not declared.required and declared.type.kind == "string" else None
