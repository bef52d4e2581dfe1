"""What differs between the simulated packages: aws, kubernetes, random, and any other one."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from plinth.simulator import aws
from plinth.simulator.creation import CREATED, Creation, Kind
from plinth.simulator.schema import Property, Resource

KUBERNETES = Kind(
    lambda creation: "/".join(filter(None, (namespace_of(creation), object_name(creation)))),
    lambda creation, _id: {
        "metadata": {
            **(creation.inputs.get("metadata") or {}),
            "uid": f"{creation.hex(8, 'uid')}-0000-4000-8000-{creation.hex(12, 'uid')}",
            "creationTimestamp": CREATED,
            "resourceVersion": "1",
            "generation": 1,
        }
    },
    autoname=None,
)

CLUSTER_WIDE = {
    "APIService", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "EC2NodeClass", "IngressClass",
    "Namespace", "Node", "NodeClass", "NodePool", "PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "CSIDriver",
}  # fmt: skip


def namespace_of(creation: Creation) -> str:
    if (creation.inputs.get("kind") or creation.type.rpartition(":")[2]) in CLUSTER_WIDE:
        return ""
    return str((creation.inputs.get("metadata") or {}).get("namespace") or "default")


def object_name(creation: Creation) -> str:
    return str((creation.inputs.get("metadata") or {}).get("name") or creation.name)


def random_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    """Values that look random and are the same for the same urn, so that rehearsals can be compared."""
    kind = creation.type.rpartition(":")[2]
    length = creation.inputs.get("length") or creation.inputs.get("byteLength") or 8
    digits = creation.hex(2 * int(length), "result")
    letters = string.ascii_letters + string.digits
    text = "".join(letters[int(digits[i : i + 2], 16) % len(letters)] for i in range(0, len(digits), 2))
    match kind:
        case "RandomId":
            return {"hex": digits, "dec": str(int(digits, 16)), "b64Std": text, "b64Url": text}
        case "RandomInteger":
            low, high = int(creation.inputs["min"]), int(creation.inputs["max"])
            return {"result": low + creation.number(high - low + 1, "result")}
        case "RandomShuffle":
            inputs: list[str] = list(creation.inputs.get("inputs") or [])
            return {"results": sorted(inputs, key=lambda item: creation.hex(8, item))}
        case "RandomUuid":
            return {"result": f"{digits[:8]}-0000-4000-8000-{creation.hex(12, 'uuid')}"}
        case "RandomPet":
            return {}
        case _:
            return {"result": text, "bcryptHash": f"$2a$10${text}"}


RANDOM = Kind(
    lambda creation: "none"
    if creation.type.endswith(("RandomPassword", "RandomBytes"))
    else creation.name
    if creation.type.endswith("RandomPet")
    else creation.hex(16),
    random_result,
    autoname=None,
)
GENERIC = Kind(lambda creation: f"{creation.name}-{creation.hex(7)}", autoname=None)


def kind_of(type_: str) -> Kind:
    """What is special about resource type `type_`."""
    match type_.partition(":")[0]:
        case "aws":
            return aws.kind_of(type_)
        case "kubernetes":
            return KUBERNETES
        case "random":
            return RANDOM
        case _:
            return GENERIC


def new_id(creation: Creation) -> str:
    kind = kind_of(creation.type)
    return kind.id(creation) if kind.id else aws.new_id(creation)


def guess(creation: Creation, id_: str, output: Property) -> Any:
    """A value for an output that no rule names."""
    if creation.type.startswith("aws:"):
        return aws.guess(creation, id_, output)
    return None if creation.type.startswith("kubernetes:") else aws.by_type(creation, output)


def autoname(type_: str, schema: Resource | None) -> str | None:
    """The property that the provider names at random when it is not given (Pulumi docs, "Auto-naming")."""
    name = kind_of(type_).autoname
    declared = schema.inputs.get(name) if schema and name else None
    return name if declared and not declared.required and declared.type.kind == "string" else None
