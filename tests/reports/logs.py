"""Event logs made by code, in the shape that the engine writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STACK = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def component(type_: str, name: str, op: str = "same", parent: str = STACK) -> dict[str, Any]:
    state = {"urn": urn(type_, name), "custom": False, "parent": parent, "inputs": {}}
    return step(op, type_, name, old=None if op == "create" else state, new=None if op == "delete" else state)


def resource(
    op: str,
    type_: str,
    name: str,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    *,
    parent: str = STACK,
    detailed: Mapping[str, str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """The engine's event before a step on a resource with inputs `old` and `new`; `detailed`: path to kind of difference."""

    def state(inputs: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if inputs is None:
            return None
        return {
            "urn": urn(type_, name),
            "custom": True,
            "parent": parent,
            "inputs": inputs,
            "outputs": inputs,
        } | options

    diff = {path: {"diffKind": kind, "inputDiff": True} for path, kind in (detailed or {}).items()}
    return step(op, type_, name, old=state(old), new=state(new), detailedDiff=diff or None)


def step(op: str, type_: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "resourcePreEvent": {
            "metadata": {"op": op, "urn": urn(type_, name), "type": type_.rpartition("$")[2], **more}
        }
    }


def violation(policy: str, about: str, text: str, level: str = "mandatory") -> dict[str, Any]:
    return {
        "policyEvent": {
            "policyName": policy, "resourceUrn": about, "message": text, "enforcementLevel": level, "policyPackName": "plinth",
        }
    }  # fmt: skip


def said(severity: str, message: str) -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message}}


def judged(*passed: str) -> dict[str, Any]:
    return {"policyAnalyzeStackSummaryEvent": {"policyPackName": "plinth", "passed": list(passed)}}


def summary(result: str = "succeeded") -> dict[str, Any]:
    return {"summaryEvent": {"result": result}}
