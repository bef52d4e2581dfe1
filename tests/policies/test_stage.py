"""Which stacks are production."""

from __future__ import annotations

import json

import pytest

from incidents.stage import is_production


@pytest.mark.parametrize(
    ("stack", "stage", "expected"),
    [
        ("prod", None, True),
        ("eu-live", None, True),
        ("contest", None, True),
        ("devices", None, True),
        ("dev", None, False),
        ("acme/shop/staging-eu", None, False),
        ("pr-12_review", None, False),
        ("dev", "prod", True),
        ("blue", "dev", False),
    ],
)
def test_production_unless_configuration_or_name_says_otherwise(
    stack: str, stage: str | None, expected: bool
) -> None:
    environment = {"PULUMI_STACK": stack, "PULUMI_PROJECT": "shop"}
    if stage:
        environment["PULUMI_CONFIG"] = json.dumps({"shop:stage": stage, "other:stage": "prod"})
    assert is_production(environment) is expected
