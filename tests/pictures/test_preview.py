"""What is read of a preview: the resources before and after, with the edges that the log leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from plinth.preview import UNKNOWN, Resource, parse
from tests.pictures.program import urn

KEY = "aws:kms/key:Key"


def item(name: str, **inputs: Any) -> dict[str, Any]:
    return {"urn": urn(KEY, name), "type": KEY, "custom": True, "inputs": inputs}


def step(
    op: str, name: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn(KEY, name), "old": old, "new": new}}}


@pytest.mark.parametrize(
    ("steps", "before", "after"),
    [
        ([step("create", "k", new=item("k", a=1))], [], [{"a": 1}]),
        ([step("same", "k", item("k", a=1), item("k", a=1))], [{"a": 1}], [{"a": 1}]),
        ([step("update", "k", item("k", a=1), item("k", a=2))], [{"a": 1}], [{"a": 2}]),
        (
            [
                step("create-replacement", "k", item("k", a=1), item("k", a=2)),
                step("replace", "k", item("k", a=1), item("k", a=2)),
                step("delete-replaced", "k", item("k", a=1), None),
            ],
            [{"a": 1}],
            [{"a": 2}],
        ),
        ([step("delete", "k", item("k", a=1), None)], [{"a": 1}], []),
        ([{"summaryEvent": {}}], [], []),
    ],
)
def test_each_operation_has_its_before_and_after(
    steps: list[dict[str, Any]], before: list[Any], after: list[Any]
) -> None:
    found = parse(steps, {})
    assert [resource.inputs for resource in found.before] == before
    assert [resource.inputs for resource in found.after] == after


def test_edges_are_the_plans_and_those_of_what_goes_the_states() -> None:
    steps = [step("create", "new", new=item("new")), step("delete", "old", item("old"))]
    plan = {"resourcePlans": {urn(KEY, "new"): {"goal": {"propertyDependencies": {"policy": ["a"]}}}}}
    state = [{"urn": urn(KEY, "old"), "propertyDependencies": {"policy": ["b"]}}]
    found = parse(steps, plan, state)
    assert [resource.edges for resource in found.after] == [{"policy": ["a"]}]
    assert [resource.edges for resource in found.before] == [{"policy": ["b"]}]


def test_what_is_not_known_yet_is_none() -> None:
    resource = Resource(
        "urn", "type", {"vpcConfig": {"subnetIds": UNKNOWN, "public": False}, "tags": UNKNOWN}
    )
    assert resource.known("vpcConfig", "subnetIds") is None
    assert resource.known("vpcConfig", "public") is False
    assert resource.known("tags", "Name") is None
    assert resource.known("vpcConfig", "public", "deeper") is None
