"""Application Auto Scaling: what may be scaled how far, and by which rule.

Refusals: Application Auto Scaling API reference, `RegisterScalableTarget` and `PutScalingPolicy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, of_input, text, uuid_of
from plinth.simulator.creation import Creation, Kind
from plinth.simulator.rules import Rules, Values

TARGET = "aws:appautoscaling/target:Target"


def target(creation: Creation, _id: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"scalable-target/{creation.hex(34, 'arn')}")}


def policy(creation: Creation, id_: str) -> Mapping[str, Any]:
    where = f"{text(creation, 'serviceNamespace')}/{text(creation, 'resourceId')}"
    resource = f"scalingPolicy:{uuid_of(creation, 'arn')}:resource/{where}:policyName/{id_}"
    return {"arn": arn(creation, resource, "autoscaling"), "alarmArns": []}


def target_change(creation: Creation, _old: Values) -> Iterator[str]:
    if creation.inputs["minCapacity"] > creation.inputs["maxCapacity"]:
        yield "ValidationException: Maximum capacity cannot be less than minimum capacity"


def policy_change(creation: Creation, _old: Values) -> Iterator[str]:
    keys = ("serviceNamespace", "resourceId", "scalableDimension")
    wanted = [creation.inputs[key] for key in keys]
    targets = (record.properties for record in creation.others(TARGET))
    if not any([found.get(key) for key in keys] == wanted for found in targets):
        namespace, resource, dimension = wanted
        yield (
            f"ObjectNotFoundException: No scalable target registered for service namespace: {namespace}, "
            f"resource ID: {resource}, scalable dimension: {dimension}"
        )


KINDS: Mapping[str, Kind] = {
    TARGET: Kind(of_input("resourceId"), target),
    "aws:appautoscaling/policy:Policy": Kind(of_input("name"), policy),
}
RULES: Mapping[str, Rules] = {
    TARGET: Rules(change=target_change),
    "aws:appautoscaling/policy:Policy": Rules(change=policy_change),
}
