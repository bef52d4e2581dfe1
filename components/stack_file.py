"""From Pulumi's configuration to typed settings: the only place where the stack reads its configuration."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import pulumi
from pulumi.runtime import config as runtime_config

from settings import SettingsError, StackSettings, load

ALREADY_SHOWN = 32
"""The exit code by which a program tells Pulumi that its user has seen the error (`pulumi-language-python-exec`)."""

NO_SETTINGS = "there is no such file, or no key `plinth:...` in it. Write one like Pulumi.dev.yaml, or name another stack with -s."


def read_stack_file() -> StackSettings:
    """The settings of the stack that is being deployed.

    Ends the program when the stack file has problems, having shown them all at once and without a traceback.
    """
    source = f"Pulumi.{pulumi.get_stack()}.yaml"
    own = f"{pulumi.get_project()}:"
    # Config.get needs a key to ask for; only the whole set shows a key that nobody asks for, such as a typo.
    everything = runtime_config.get_config_env()
    values = {key.removeprefix(own): parse(value) for key, value in everything.items() if key.startswith(own)}
    if not values:
        refuse(SettingsError(source, [NO_SETTINGS]))
    try:
        return load(values | {"region": pulumi.Config("aws").get("region")}, source=source)
    except SettingsError as problems:
        refuse(problems)


def refuse(problems: SettingsError) -> NoReturn:
    pulumi.log.error(str(problems))
    sys.exit(ALREADY_SHOWN)


def parse(value: str) -> Any:
    """A configuration value as written: Pulumi hands objects and lists over as JSON, all else as text."""
    if value[:1] not in "{[":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
