"""`aws.iam.get_policy_document`, rendered as the provider does it (Terraform AWS provider, `aws_iam_policy_document`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def render(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The policy document of the function's arguments."""
    entries: list[Mapping[str, Any]] = arguments.get("statements") or []
    statements = [statement(entry) for entry in entries]
    document: dict[str, Any] = {"Version": arguments.get("version") or "2012-10-17", "Statement": statements}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    return document


def statement(entry: Mapping[str, Any]) -> dict[str, Any]:
    rendered: dict[str, Any] = {"Effect": entry.get("effect") or "Allow"}
    if entry.get("sid"):
        rendered["Sid"] = entry["sid"]
    for key, name in (
        ("actions", "Action"), ("notActions", "NotAction"), ("resources", "Resource"), ("notResources", "NotResource"),
    ):  # fmt: skip
        if entry.get(key):
            rendered[name] = one_or_many(entry[key])
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if entry.get(key):
            rendered[name] = principals(entry[key])
    if entry.get("conditions"):
        rendered["Condition"] = conditions(entry["conditions"])
    return rendered


def principals(entries: list[Mapping[str, Any]]) -> Any:
    if any(entry["type"] == "*" for entry in entries):
        return "*"
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(entry["type"], []).extend(entry["identifiers"])
    return {type_: one_or_many(identifiers) for type_, identifiers in found.items()}


def conditions(entries: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        found.setdefault(entry["test"], {})[entry["variable"]] = one_or_many(entry["values"])
    return found


def one_or_many(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)
