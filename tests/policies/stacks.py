"""Recorded-looking resources for tests of rules without the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict

STACK = "urn:pulumi:test::case::pulumi:pulumi:Stack::case-test"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:test::case::{type_}::{name}"


def resource(
    type_: str,
    name: str,
    props: Mapping[str, Any] | None = None,
    edges: Mapping[str, Sequence[Resource]] | None = None,
    parent: str = STACK,
) -> Resource:
    targets = {key: tuple(target.urn for target in found) for key, found in (edges or {}).items()}
    return Resource(urn(type_, name), type_, name, props or {}, parent, targets)


def findings(rule: Rule, *resources: Resource) -> dict[str, Finding]:
    """The finding on each resource, by its name."""
    names = {item.urn: item.name for item in resources}
    return {names[finding.urn]: finding for finding in rule.check(Graph(resources))}


def verdict(rule: Rule, subject: Resource, *others: Resource) -> Verdict:
    return findings(rule, subject, *others)[subject.name].verdict
