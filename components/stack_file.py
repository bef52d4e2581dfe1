"""From Pulumi's configuration to typed settings: the only place where the stack reads its configuration."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from settings import SettingsError, StackSettings, load


def read_stack_file() -> StackSettings:
    """The settings of the stack that is being deployed.

    Raises `pulumi.RunError`, which Pulumi shows without a traceback, with every problem of the stack file at once.
    """
    source = f"Pulumi.{pulumi.get_stack()}.yaml"
    own = f"{pulumi.get_project()}:"
    # Config.get needs a key to ask for; only the whole set shows a key that nobody asks for, such as a typo.
    everything = runtime_config.get_config_env()
    values = {key.removeprefix(own): parse(value) for key, value in everything.items() if key.startswith(own)}
    try:
        return load(values | {"region": pulumi.Config("aws").get("region")}, source=source)
    except SettingsError as problems:
        raise pulumi.RunError(str(problems)) from None


def parse(value: str) -> Any:
    """A configuration value as written: Pulumi hands objects and lists over as JSON, all else as text."""
    if value[:1] not in "{[":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
