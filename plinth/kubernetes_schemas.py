"""What an API server refuses of a manifest, in its words as far as they were recorded.

The schemas are Kubernetes's own, strict, from the package `kubernetes-validate`. What schemas do not say: names, selectors,
quantities, mounts. Custom resources have no schema here, and are not validated.

Sources: messages recorded on a kube-apiserver 1.34.4 (unknown field, selector, quantity); the others from kubernetes/kubernetes,
`pkg/apis/core/validation` and `pkg/apis/apps/validation`, remembered and not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import jsonschema
import kubernetes_validate.utils as schemas  # pyright: ignore[reportMissingTypeStubs]
from referencing import Registry
from referencing import Resource as Schema

from aws_facts.quantities import QUANTITY, parse_quantity
from plinth.errors import UserError
from plinth.manifests import Manifest

Path = tuple[str | int, ...]

GROUPS = re.compile(r"^(v1|(apps|batch|autoscaling|policy|extensions)/.*|[a-z.]+\.k8s\.io/.*)$")
OUTSIDE = re.compile(
    r"^(gateway\.networking|snapshot\.storage|metrics|cluster|[a-z.]*\.x|external-secrets|karpenter|vpcresources|elbv2|node-feature).*\.k8s\.(io|aws)/"
)
"""Groups below `k8s.io` whose kinds are custom resources."""

SELECTING = {"Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"}
AMOUNTS = {"requests", "limits", "hard"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with the field at `path`."""

    path: Path
    text: str


def known_version(version: str) -> str:
    """`version` (1.34, v1.34.2) as the schemas name it. Raises `UserError` for one without schemas."""
    found = schemas.major_minor(version.removeprefix("v"))
    known = [schemas.major_minor(item) for item in schemas.all_versions()]
    if found not in known:
        raise UserError(
            f"--kubernetes-version {version}: no schemas of it here, so nothing could be validated. Known: {known[0]} to {known[-1]}."
        )
    return found


def faults(manifest: Manifest, version: str) -> list[Fault]:
    """All faults of one manifest, in the order of their fields."""
    validator = validator_for(manifest.kind, manifest.api_version, version)
    if validator is None:
        if GROUPS.match(manifest.api_version) and not OUTSIDE.match(manifest.api_version):
            text = f'no matches for kind "{manifest.kind}" in version "{manifest.api_version}" of Kubernetes {version}'
            return [Fault(("apiVersion",), text)]
        return []
    errors = cast("Iterable[Any]", validator.iter_errors(without_nulls(manifest.content)))
    found = [fault for error in errors for fault in of_schema(error)]
    return sorted([*found, *beyond_schemas(manifest)], key=lambda fault: list(map(str, fault.path)))


@lru_cache(maxsize=256)
def validator_for(kind: str, api_version: str, version: str) -> Any:
    """The validator of one kind; None where there is no schema."""
    group, _, rest = api_version.rpartition("/")
    name = f"{kind.lower()}-{group.partition('.')[0] + '-' if group else ''}{rest}"
    try:
        schema = schemas.schema_contents(f"{folder(version)}/{name}.json", version)
    except FileNotFoundError:
        return None
    registry = Schema.from_contents(schema) @ definitions(version)
    return jsonschema.Draft202012Validator(schema, registry=registry)


@lru_cache(maxsize=1)
def definitions(version: str) -> Any:
    contents = schemas.schema_contents(f"{folder(version)}/_definitions.json", version)
    empty: Any = Registry[Any]()
    return Schema.from_contents(contents) @ empty


def folder(version: str) -> str:
    return f"kubernetes-json-schema/v{version}.0-local-strict"


def of_schema(error: Any) -> Iterator[Fault]:
    """One error of the validator, as the API server says it."""
    path: Path = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            for key in sorted(set(error.instance) - set(error.schema.get("properties", {}))):
                yield Fault((*path, key), f'strict decoding error: unknown field "{shown((*path, key))}"')
        case "required":
            for key in sorted(set(error.validator_value) - set(error.instance)):
                yield Fault((*path, key), f"{shown((*path, key))}: Required value")
        case _:
            yield Fault(path, f"{shown(path)}: Invalid value: {error.message}")


def shown(path: Path) -> str:
    """`spec.containers[0].image`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def beyond_schemas(manifest: Manifest) -> Iterator[Fault]:
    if not manifest.metadata.get("name") and not manifest.metadata.get("generateName"):
        yield Fault(("metadata", "name"), "metadata.name: Required value: name or generateName is required")
    spec = mapping(manifest.content.get("spec"))
    if manifest.kind in SELECTING:
        yield from selector_faults(spec)
    yield from quantity_faults(manifest.content)
    for path, pod in pod_specs(manifest.content, ()):
        yield from mount_faults(path, pod, claims=names(spec.get("volumeClaimTemplates")))


def selector_faults(spec: Mapping[str, Any]) -> Iterator[Fault]:
    wanted = mapping(mapping(spec.get("selector")).get("matchLabels"))
    labels = mapping(mapping(mapping(spec.get("template")).get("metadata")).get("labels"))
    if not wanted.items() <= labels.items():
        yield Fault(
            ("spec", "template", "metadata", "labels"),
            f"spec.template.metadata.labels: Invalid value: {labels}: `selector` does not match template `labels`",
        )


def quantity_faults(content: Any, path: Path = ()) -> Iterator[Fault]:
    """Amounts that are no quantities, and requests above their limits."""
    for key, inner in children(content):
        amounts = mapping(inner) if key in AMOUNTS else {}
        for name, amount in amounts.items():
            where = (*path, key, name)
            if isinstance(amount, str | int | float) and not QUANTITY.match(str(amount)):
                text = f"quantities must match the regular expression '{QUANTITY.pattern}'"
                yield Fault(where, f"{shown(where)}: Invalid value: {str(amount)!r}: {text}")
        if not amounts:
            yield from quantity_faults(inner, (*path, key))
    requests, limits = (mapping(mapping(content).get(part)) for part in ("requests", "limits"))
    for name in sorted(requests.keys() & limits.keys()):
        asked, most = parse_quantity(str(requests[name])), parse_quantity(str(limits[name]))
        if asked is not None and most is not None and asked > most:
            where = (*path, "requests")
            text = f'Invalid value: "{requests[name]}": must be less than or equal to {name} limit of {limits[name]}'
            yield Fault(where, f"{shown(where)}: {text}")


def pod_specs(content: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What has `containers`, wherever it is."""
    if isinstance(mapping(content).get("containers"), list):
        yield path, mapping(content)
        return
    for key, inner in children(content):
        yield from pod_specs(inner, (*path, key))


def mount_faults(path: Path, pod: Mapping[str, Any], claims: set[Any]) -> Iterator[Fault]:
    volumes = names(pod.get("volumes")) | claims
    for part in ("initContainers", "containers"):
        for index, container in enumerate(sequence(pod.get(part))):
            for number, mount in enumerate(sequence(mapping(container).get("volumeMounts"))):
                name = mapping(mount).get("name")
                where = (*path, part, index, "volumeMounts", number, "name")
                if name and name not in volumes:
                    yield Fault(where, f'{shown(where)}: Not found: "{name}"')


def names(items: Any) -> set[Any]:
    return {mapping(item).get("name") for item in sequence(items)}


def children(content: Any) -> Iterable[tuple[str | int, Any]]:
    return enumerate(sequence(content)) if isinstance(content, list) else mapping(content).items()


def without_nulls(content: Any) -> Any:
    """`content` as the API server reads it: a key without a value is not there."""
    if isinstance(content, list):
        return [without_nulls(item) for item in sequence(content)]
    if isinstance(content, dict):
        return {key: without_nulls(inner) for key, inner in mapping(content).items() if inner is not None}
    return content


def mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
