"""Stack files to break: the project's own, and changes to one of its keys."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import SettingsError, StackSettings, load

ROOT = Path(__file__).parents[2]
REMOVED = object()

Changes = Mapping[str, Any]
"""Keys as written in the file, without the namespace (`cluster.version`), and their new values."""


def config_of(stack: str) -> dict[str, Any]:
    """What Pulumi would hand over of `Pulumi.<stack>.yaml`."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = {key.removeprefix("plinth:"): value for key, value in config.items() if key.startswith("plinth:")}
    return own | {"region": config["aws:region"]}


def changed(changes: Changes, stack: str = "prod") -> dict[str, Any]:
    config = copy.deepcopy(config_of(stack))
    if "services" in changes and "ingress" not in changes:
        config.pop("ingress", None)  # it names services that are no longer there
    for key, value in changes.items():
        *above, last = key.split(".")
        section = config
        for step in above:
            section = section[step]
        if value is REMOVED:
            del section[last]
        else:
            section[last] = value
    return config


def accepted(changes: Changes, stack: str = "prod") -> StackSettings:
    return load(changed(changes, stack), source=f"Pulumi.{stack}.yaml")


def refused(changes: Changes, stack: str = "prod") -> tuple[str, ...]:
    """The problems of the changed file, which must have some."""
    with pytest.raises(SettingsError) as refusal:
        accepted(changes, stack)
    assert str(refusal.value).startswith(f"Pulumi.{stack}.yaml: {len(refusal.value.problems)} problem")
    return refusal.value.problems
