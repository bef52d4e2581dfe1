"""The resources of a stack as checkov reads them best: a Terraform plan for AWS, manifests for Kubernetes.

pulumi-aws is the Terraform provider behind a bridge that renames mechanically: types get a module, properties are camel
case, and repeated blocks are plural. Here the names are turned back. What a preview does not know is, where the program
gives it, the address of what it comes from: so checkov sees it as in a program of Terraform's language. (Facts: the
resources' pages of the Terraform AWS provider; Terraform's "JSON Output Format".)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from incidents.graph import Resource
from incidents.unknowns import Unknown, as_dict, as_list

PREFIXES = {"ec2": "aws_", "index": ""}
"""Of the types of a module, where it is not the module's name."""
OTHER_TYPES = {
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
}
BLOCKS = {
    "actions", "conditions", "cors_rules", "default_actions", "origins", "parameters", "routes", "rules", "statements",
    "text_transformations",
}  # fmt: skip
"""Properties that Terraform names in the singular."""
OTHER_PROPERTIES = {
    ("aws_route53_record", "aliases"): "alias",
    ("aws_sns_topic_subscription", "topic"): "topic_arn",
}


def write(folder: Path, resources: Sequence[Resource]) -> dict[str, Resource]:
    """Write `plan.json` and `manifests.yaml` into a new `folder`; returns each resource by what checkov calls it."""
    folder.mkdir(parents=True)
    planned = {address(item): item for item in resources if item.type.startswith("aws:")}
    manifests = {manifest_name(item): item for item in resources if item.type.startswith("kubernetes:")}
    (folder / "plan.json").write_text(json.dumps(plan(planned, resources), indent=1), encoding="utf-8")
    documents = [known(item.props, "known-after-apply") for item in manifests.values()]
    (folder / "manifests.yaml").write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return {**planned, **manifests}


def plan(planned: Mapping[str, Resource], resources: Iterable[Resource]) -> dict[str, Any]:
    """The plan that makes all of `planned`, by address."""
    by_urn = {item.urn: address(item) for item in resources if item.type.startswith(("aws:", "random:"))}
    values: list[Any] = []
    changes: list[Any] = []
    configuration: list[Any] = []
    for name, item in planned.items():
        sources = {
            key: found
            for key, urns in item.edges.items()
            if (found := [by_urn[urn] for urn in urns if urn in by_urn])
        }
        after = properties(name, item, sources)
        change = {"actions": ["create"], "before": None, "after": after}
        values.append({**described(name), "values": after})
        changes.append({**described(name), "change": change})
        configuration.append(configured(name, sources))
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": values}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configuration}},
    }


def address(resource: Resource) -> str:
    return f"{terraform_type(resource.type)}.{re.sub('[^A-Za-z0-9_-]', '_', resource.name)}"


def terraform_type(type_: str) -> str:
    """`aws:rds/cluster:Cluster` is `aws_rds_cluster`."""
    package, module, _ = type_.split(":")
    group, _, name = module.partition("/")
    return OTHER_TYPES.get(type_) or PREFIXES.get(group, f"{package}_{group}_") + snake(name)


def manifest_name(resource: Resource) -> str:
    metadata: Mapping[str, Any] = known(resource.props).get("metadata", {})
    return f"{resource.props.get('kind')}.{metadata.get('namespace', 'default')}.{metadata.get('name')}"


def described(name: str) -> dict[str, Any]:
    type_, _, own = name.partition(".")
    return {"address": name, "mode": "managed", "type": type_, "name": own}


def configured(name: str, sources: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the program says of a resource: which other one each of its properties comes from."""
    expressions = {
        property_name(name, key): {"references": [part for one in found for part in (f"{one}.id", one)]}
        for key, found in sources.items()
    }
    return {**described(name), "expressions": expressions}


def properties(name: str, resource: Resource, sources: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values that are known, or have a source."""
    found = {
        property_name(name, key): renamed(value, f"{sources[key][0]}.id" if key in sources else None)
        for key, value in resource.props.items()
    }
    return {key: value for key, value in found.items() if value is not None}


def property_name(resource: str, key: str) -> str:
    name = snake(key)
    return OTHER_PROPERTIES.get((resource.partition(".")[0], name)) or singular(name)


def singular(name: str) -> str:
    return name.removesuffix("s") if name in BLOCKS else name


def snake(name: str) -> str:
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def renamed(value: Any, unknown: str | None) -> Any:
    """The value with the keys of its blocks renamed."""
    plain = known(value, unknown)
    if isinstance(plain, dict):
        return {singular(snake(key)): renamed(inner, unknown) for key, inner in as_dict(plain).items()}
    if isinstance(plain, list):
        return [renamed(inner, unknown) for inner in as_list(plain)]
    return plain


def known(value: Any, unknown: str | None = None) -> Any:
    """The value with `unknown` for what a preview does not know, without it where that is None; whole numbers as such."""
    if isinstance(value, Unknown):
        return unknown
    if isinstance(value, dict):
        found = {key: known(inner, unknown) for key, inner in as_dict(value).items()}
        return {key: inner for key, inner in found.items() if inner is not None}
    if isinstance(value, list):
        return [found for inner in as_list(value) if (found := known(inner, unknown)) is not None]
    return int(value) if isinstance(value, float) and value.is_integer() else value
