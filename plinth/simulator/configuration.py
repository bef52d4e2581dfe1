"""How provider instances are configured: their region and default tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plinth.simulator import schema as schemas
from plinth.simulator.values import plain

NOT_CONFIGURATION = {"version", "pluginDownloadURL", "__internal", "__defaults"}


@dataclass(frozen=True)
class Configuration:
    """How one provider instance (default or explicit) is configured."""

    region: str = "us-east-1"
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Configuration:
        """The configuration in the arguments of `Configure`; what is unknown at preview counts as not given."""
        values = plain(dict(arguments))
        region, tags = values.get("region"), decoded(values.get("defaultTags"))
        inner: Any = decoded(tags.get("tags")) if isinstance(tags, dict) else None  # pyright: ignore
        return cls(
            region=region if isinstance(region, str) and region else cls.region,
            default_tags=inner if isinstance(inner, dict) else {},  # pyright: ignore[reportUnknownArgumentType]
        )


def decoded(value: Any) -> Any:
    """A provider's nested arguments arrive as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def refusals(package: str, urn: str, values: Mapping[str, Any]) -> list[str]:
    """What the provider of `package` says to keys that it does not have (pulumi-terraform-bridge, `check_failures.go`)."""
    known = schemas.provider_inputs(package)
    unknown = [key for key in values if known and key not in known and key not in NOT_CONFIGURATION]
    if not urn.rpartition("::")[2].startswith("default"):
        return [
            f"could not validate provider configuration: Invalid or unknown key {key!r}." for key in unknown
        ]
    return [
        f"`{package}:{key}` is not a valid configuration key for the {package} provider. If the referenced key is not "
        f"intended for the provider, please choose a different namespace from `{package}:`."
        for key in unknown
    ]
