"""What the settings accept comes up, stays as it is and goes: a stack file after many changes, on the real engine.

One walk belongs to the tests; `make search` takes more.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aws_facts import aurora
from tests.components.conftest import copy_project, strict_pack
from tests.settings.any_stack_file import walked

STEPS = 400


@pytest.mark.engine
@settings(
    max_examples=max(1, settings.default.max_examples // 100),
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(["dev", "prod"]), st.integers(0, 2**32))
def test_an_accepted_file_comes_up_without_a_finding(
    tmp_path_factory: pytest.TempPathFactory, stack: str, seed: int
) -> None:
    rehearsal = copy_project(tmp_path_factory.mktemp("accepted"))
    config = without_waivers(walked(seed, stack, STEPS))
    keys = {"aws:region" if key == "region" else f"plinth:{key}": value for key, value in config.items()}
    (rehearsal.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": keys}), encoding="utf-8")
    found = rehearsal("preview", *strict_pack(rehearsal), stack=stack).violations
    assert [item for item in found if item["enforcementLevel"] == "mandatory"] == []
    rehearsal("up", stack=stack)
    rehearsal("preview", "--expect-no-changes", stack=stack)
    rehearsal("destroy", stack=stack)


def without_waivers(config: dict[str, Any]) -> dict[str, Any]:
    """The file without what the settings' own page says of: it wants a waiver, no policy pack, or a cluster that is there."""
    (config.get("firewall") or {}).pop("mode", None)
    database = config.get("database") or {}
    for key in ("deletion_protection", "lock_timeout_ms"):
        database.pop(key, None)
    if database.get("version") in aurora.RETIRED_VERSIONS:
        database["version"] = aurora.ENGINE_VERSIONS[-1]
    return config
