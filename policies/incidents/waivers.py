"""Waivers: who accepts which finding, why, and until when (`waivers.yaml`, schema in `waivers.schema.json`).

A waiver names a rule and a urn, in which `*` stands for any text. It concerns the stacks that its urn names; there it must
match a finding, and never everything. It ends by itself, at most 180 days after it was last renewed.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

LONGEST = timedelta(days=180)
HEADER = "# yaml-language-server: $schema=waivers.schema.json\n"


@dataclass(frozen=True)
class Waiver:
    """One accepted finding. `place` is the file and line that say so, for messages."""

    id: str
    urn: str
    reason: str
    owner: str
    expires: date
    place: str

    def matches(self, urn: str) -> bool:
        return bool(self._pattern.fullmatch(urn))

    def is_of_stack(self, urn: str) -> bool:
        """Whether the waiver is for the stack that `urn` is of."""
        own, other = ("::".join(text.split("::")[:2]) for text in (self.urn, urn))
        return bool(pattern_of(own).fullmatch(other))

    def to_json(self) -> dict[str, str]:
        return {"reason": self.reason, "owner": self.owner, "expires": self.expires.isoformat()}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return pattern_of(self.urn)


KEYS = tuple(item.name for item in fields(Waiver) if item.name != "place")


def pattern_of(text: str) -> re.Pattern[str]:
    """Only `*` is special: names may hold brackets."""
    return re.compile(".*".join(map(re.escape, text.split("*"))))


def today(environment: Mapping[str, str] = os.environ) -> date:
    """The day that expiry is counted from; `PLINTH_TODAY` (YYYY-MM-DD) sets it."""
    said = environment.get("PLINTH_TODAY")
    return date.fromisoformat(said) if said else date.today()


class DatesAsTexts(yaml.SafeLoader):
    """Leaves it to `date_of` to say of a date that there is no such day: PyYAML would not say where it stands."""


DatesAsTexts.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_scalar)


def load(path: Path, rules: Collection[str], day: date) -> tuple[list[Waiver], list[str]]:
    """The waivers that hold, and what is wrong with the others: file and line, consequence, remedy."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content: Any = yaml.load(text, Loader=DatesAsTexts)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        return [], []
    except (OSError, ValueError, yaml.YAMLError) as problem:
        return [], [f"{path.name}: cannot be read, so no waiver holds: {problem}"]
    if not isinstance(content, dict) or set(cast("dict[str, Any]", content)) != {"waivers"}:
        return [], [
            f"{path.name}:1: holds something else than the one key `waivers:`, so no waiver holds. Remedy: `waivers: []`."
        ]
    entries: Any = cast("dict[str, Any]", content)["waivers"]
    if not isinstance(entries, list):
        return [], [f"{path.name}:1: `waivers` is no list, so no waiver holds. Remedy: `waivers: []`."]
    nodes = cast("Any", root).value[0][1].value
    waivers: list[Waiver] = []
    mistakes: list[str] = []
    for entry, node in zip(cast("list[Any]", entries), nodes, strict=True):
        place = f"{path.name}:{node.start_mark.line + 1}"
        wrong = mistake_of(entry, rules, day)
        if wrong:
            mistakes.append(f"{place}: {wrong}")
        else:
            given: dict[str, Any] = {**entry, "expires": date_of(entry["expires"]), "place": place}
            waivers.append(Waiver(**given))
    return waivers, mistakes


def mistake_of(entry: Any, rules: Collection[str], day: date) -> str:
    """What is wrong with one entry; empty if nothing."""
    if not isinstance(entry, dict):
        return f"a waiver is no mapping. Remedy: write {', '.join(KEYS)}."
    said = cast("dict[str, Any]", entry)
    for key in said:
        if key not in KEYS:
            return f"`{key}` is no key of a waiver{nearest(str(key), KEYS)}; there are {', '.join(KEYS)}."
    for key in KEYS[:-1]:
        if not isinstance(said.get(key), str) or not said[key].strip():
            return f"`{key}` is missing or no text, so nobody can tell what is waived and why. Write it."
    if said["id"] not in rules:
        return f"`id: {said['id']}` is no rule{nearest(said['id'], rules)}, so nothing is waived."
    return mistake_of_urn(said["urn"]) or mistake_of_expiry(date_of(said.get("expires")), day)


def mistake_of_urn(urn: str) -> str:
    parts = urn.split("::", 3)
    if len(parts) < 4 or not parts[0].startswith("urn:pulumi:"):
        return f"`urn: {urn}` is no urn. Remedy: copy it from the finding (urn:pulumi:STACK::PROJECT::TYPE::NAME)."
    if not re.search(r"\w", parts[2] + parts[3]):
        return f"`urn: {urn}` matches every resource. Remedy: write the type or the name of what is meant."
    return ""


def date_of(value: Any) -> date | None:
    """The date that a text says; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def mistake_of_expiry(expires: date | None, day: date) -> str:
    if expires is None:
        return "`expires` is missing or no date (YYYY-MM-DD), so the waiver would hold for ever. Write it."
    if expires < day:
        return f"the waiver expired on {expires}, so its findings block again. Remedy: mend them and delete the waiver, or renew it."
    if expires > day + LONGEST:
        return (
            f"`expires: {expires}` is more than {LONGEST.days} days ahead. The latest day is {day + LONGEST}."
        )
    return ""


def nearest(text: str, names: Collection[str]) -> str:
    found = difflib.get_close_matches(text, names, n=1)
    return f" (did you mean `{found[0]}`?)" if found else ""


def render(waivers: Sequence[Waiver], indent: str = "  ") -> str:
    """Waivers as entries of `waivers.yaml`, to be put below `waivers:`."""
    entries = [{key: getattr(waiver, key) for key in KEYS} for waiver in waivers]
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=1000) if entries else ""
    return "".join(f"{indent}{line}\n" for line in text.splitlines())
