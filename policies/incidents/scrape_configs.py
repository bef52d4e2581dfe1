"""What Prometheus is told to scrape, wherever it is told: ConfigMaps, its operator's objects, charts' values, AWS's collectors.

Sources: Prometheus, "Configuration" (`static_configs`, `file_sd_configs`: a list of `targets`; a `replacement` for `__address__`);
Prometheus Operator, "API Reference" (ScrapeConfig `staticConfigs`, Probe `targets.staticConfig.static`, `relabelings`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml

from incidents.graph import Resource
from incidents.pods import RELEASE
from incidents.unknowns import UNKNOWN, Undecided, Unknown, as_dict, as_list

OPERATOR = {"PodMonitor", "ServiceMonitor", "ScrapeConfig", "Probe", "Prometheus"}
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
COLLECTOR = "aws:amp/scraper:Scraper"
MARKS = ("scrape_configs", "static_configs", "- targets", '"targets"')
"""What tells that a text is a configuration of Prometheus."""


def scrape_targets(resource: Resource) -> list[str] | None:
    """The addresses that are written out, `UNKNOWN` ones left out; None if the resource configures no scraping.

    Raises `Undecided`.
    """
    said = configuration(resource)
    return None if said is None else [found for part in said for found in addresses(part)]


def configuration(resource: Resource) -> list[Any] | None:
    if resource.type == RELEASE:
        return with_texts(resource.peek("values"), resource) or None
    if resource.type == COLLECTOR:
        said = resource.peek("scrapeConfiguration")
        return [parsed(said, resource) if isinstance(said, str) else said]
    if resource.type == CONFIG_MAP:
        data = resource.peek("data")
        texts = [as_dict(data)[key] for key in sorted(as_dict(data))]
        return [parsed(text, resource) for text in texts if is_configuration(text)] or None
    group = str(resource.peek("apiVersion")).partition("/")[0]
    if group == "monitoring.coreos.com" and resource.peek("kind") in OPERATOR:
        return [resource.peek("spec")]
    return None


def is_configuration(text: Any) -> bool:
    return isinstance(text, str) and any(mark in text for mark in MARKS)


def parsed(text: str, resource: Resource) -> Any:
    """JSON that is indented by tabs, as a dashboard may be, is no YAML to PyYAML."""
    for read in (yaml.safe_load, json.loads):
        with suppress(yaml.YAMLError, ValueError):
            return read(text)
    raise Undecided(f"the scrape configuration in {resource} is no YAML")


def with_texts(values: Any, release: Resource) -> list[Any]:
    """The parts of a chart's values that scrape: objects as they are, texts read. Raises `Undecided`."""
    found: list[Any] = []
    for key, inner in as_dict(values).items():
        if "scrapeconfig" in str(key).lower().replace("_", ""):
            found.append(parsed(inner, release) if isinstance(inner, str) else inner)
        else:
            found += with_texts(inner, release)
    return found


def addresses(value: Any) -> Iterator[str]:
    """The targets in any part of a configuration, and addresses that relabeling puts in their place."""
    if isinstance(value, Unknown):
        raise Undecided("a scrape configuration is not known at preview")
    said = as_dict(value)
    if "__address__" in (said.get("target_label"), said.get("targetLabel")):
        yield from (text for text in [said.get("replacement")] if isinstance(text, str))
    for key, inner in said.items():
        if key in ("targets", "static") and as_list(inner):
            if UNKNOWN in inner:
                raise Undecided("a target is not known at preview")
            yield from (item for item in inner if isinstance(item, str))
        if key in ("static_configs", "staticConfigs", "file_sd_configs") or not isinstance(inner, str):
            yield from addresses(inner)
    for item in as_list(value):
        if not isinstance(item, str):
            yield from addresses(item)
