"""Names that providers make up.

The Terraform bridge gives each resource whose `name` the program leaves out its logical name and seven random hex
digits (pulumi-terraform-bridge, `pkg/tfbridge/info/autonaming.go`), and remembers in `__defaults` that it did. The
Kubernetes provider puts eight into `metadata.name`, and marks it with an annotation (pulumi-kubernetes,
`provider/pkg/metadata/naming.go`). A made-up name stays until the resource is replaced, and lets its replacement stand
beside it; a resource with a name of the program's own is deleted first.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import shake_128
from typing import Any

from pulumi.runtime.proto import provider_pb2 as proto

from plinth.simulator.errors import Refused
from plinth.simulator.values import UNKNOWN, Secret, plain

AUTONAMED = "pulumi.com/autonamed"
LOWER_CASE = {"bucket", "identifier", "replicationGroupId", "clusterId", "domainName"}
LENGTHS: Mapping[str, int] = {
    "aws:lb/loadBalancer:LoadBalancer": 32,
    "aws:lb/targetGroup:TargetGroup": 32,
    "aws:alb/loadBalancer:LoadBalancer": 32,
    "aws:alb/targetGroup:TargetGroup": 32,
    "aws:elasticache/cluster:Cluster": 50,
    "aws:elasticache/replicationGroup:ReplicationGroup": 40,
    "aws:iam/role:Role": 64,
    "aws:iam/user:User": 64,
    "aws:s3/bucket:Bucket": 63,
}
"""The longest made-up name of a type (pulumi-aws, `provider/resources.go`); 255 for others."""


def with_name(
    request: proto.CheckRequest, inputs: Mapping[str, Any], old: Mapping[str, Any], key: str | None
) -> dict[str, Any]:
    """`inputs` with property `key` named: as before if the name was made up then, else anew. `Refused` if forbidden."""
    if key is None:
        return dict(inputs)
    if inputs.get(key) is not None or inputs.get(f"{key}Prefix") is not None:
        return {**inputs, "__defaults": []}
    name = old.get(key) if key in (plain(old.get("__defaults")) or []) else None
    if name is None:
        made_up = proposed(request) or joined(request, "-", 7, LENGTHS.get(request.type, 255))
        name = made_up.lower() if key in LOWER_CASE else made_up
    return {**inputs, key: name, "__defaults": [key]}


def with_object_name(
    request: proto.CheckRequest, inputs: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """`inputs` of a Kubernetes object with `metadata.name`. `Refused` if the program forbids made-up names."""
    given: Any = inputs.get("metadata") or {}
    metadata = metadata_of(inputs)
    if given is UNKNOWN or metadata.get("name") is not None or metadata.get("generateName") is not None:
        return dict(inputs)
    before = metadata_of(old)
    name = before.get("name") if is_autonamed(old) else None
    name = name or proposed(request) or joined(request, "-", 8, 253).lower()
    marked = with_entries(open_(given).get("annotations"), {AUTONAMED: "true"})
    return {**inputs, "metadata": with_entries(given, {"name": name, "annotations": marked})}


def proposed(request: proto.CheckRequest) -> str:
    """The name by the project's own pattern (`pulumi:autonaming` in its configuration); empty when it has none."""
    if not request.HasField("autonaming"):
        return ""
    if request.autonaming.mode == proto.CheckRequest.AutonamingOptions.DISABLE:
        raise Refused(
            f"automatic naming is disabled but no explicit name was provided for {request.urn}. "
            "Give it a name, or change `pulumi:autonaming` in the configuration."
        )
    return request.autonaming.proposed_name


def joined(request: proto.CheckRequest, separator: str, digits: int, longest: int) -> str:
    """The logical name and its random end, which follows from the engine's seed: one plan always gives one name."""
    suffix = shake_128(request.randomSeed or request.urn.encode()).hexdigest(digits)[:digits]
    return f"{request.name[: longest - digits - len(separator)]}{separator}{suffix}"


def with_entries(mapping: Any, entries: Mapping[str, Any]) -> Any:
    """`mapping` with `entries` in it, secret if it was; an unknown one becomes `entries`."""
    merged = {**open_(mapping), **entries}
    return Secret(merged) if isinstance(mapping, Secret) else merged


def open_(mapping: Any) -> Mapping[str, Any]:
    """The entries of a mapping that may be secret, unknown or missing; secrets in it stay marked."""
    inner = mapping.value if isinstance(mapping, Secret) else mapping
    return inner if isinstance(inner, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def metadata_of(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata: Any = plain(inputs.get("metadata"))
    return metadata if isinstance(metadata, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def is_autonamed(inputs: Mapping[str, Any]) -> bool:
    annotations: Any = metadata_of(inputs).get("annotations")
    return isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"  # pyright: ignore


def deleted_first(key: str | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a replacement would take the same name, so that its predecessor has to go first.

    `key` is the property that names the resource, None for a Kubernetes object. Sources: pulumi-terraform-bridge,
    `nameRequiresDeleteBeforeReplace`; pulumi-kubernetes, `provider.go`, `Diff`.
    """
    if key is not None:
        return new.get(key) is not None and key not in (plain(new.get("__defaults")) or [])
    before, after = metadata_of(old), metadata_of(new)
    same = before.get("name") == after.get("name") and before.get("namespace") == after.get("namespace")
    return after.get("name") is not None and same and not is_autonamed(new)
