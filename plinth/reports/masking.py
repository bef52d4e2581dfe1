"""Keeps secrets out of reports: what the engine marked, and what looks like one although nobody marked it.

The engine writes `[secret]` in place of a secret value, or leaves the object that stands for one in a state file
(signature key `4dabf18193072939515e22adb298388d`, Pulumi: "Secrets", sdk/go/common/resource/properties.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

MASK = "[secret]"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SIGNED_AS_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - names a kind of value

SECRET_NAME = re.compile(
    r"(pass(word|wd|phrase)|secret|secret[_-]?(string|binary|key|value)|token|private[_-]?key|(api|access)[_-]?key"
    r"|credentials?|connection[_-]?string|(string|binary)[_-]?data)$",
    re.IGNORECASE,
)
SECRET_TEXT = re.compile(
    r"(?P<url>\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]*:)[^\s@]+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}",
    re.IGNORECASE | re.DOTALL,
)


def mask_text(text: str) -> str:
    """`text` without the passwords in its addresses, private keys and access keys."""
    return SECRET_TEXT.sub(lambda found: f"{found['url'] or ''}{MASK}", text)


def mask(value: Any, key: str = "") -> Any:
    """A copy of a property's value with every secret replaced by `[secret]`; `key` is the property's name."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        if entries.get(SIGNATURE) == SIGNED_AS_SECRET:
            return MASK
        if SECRET_NAME.search(str(entries.get("name", ""))) and "value" in entries:
            return {**{name: mask(inner, name) for name, inner in entries.items()}, "value": MASK}
        all_of_it = re.fullmatch(r"string_?data|binary_?data", key, re.IGNORECASE)
        return {name: MASK if all_of_it else mask(inner, name) for name, inner in entries.items()}
    if isinstance(value, list):
        return [mask(inner, key) for inner in cast("list[Any]", value)]
    if isinstance(value, str):
        return MASK if value and SECRET_NAME.search(key) else mask_document(value)
    return value


def mask_document(text: str) -> str:
    """`text`, masked as what it holds if that is JSON, such as the containers of an ECS task."""
    try:
        content = json.loads(text) if text[:1] in {"{", "["} else None
    except ValueError:
        content = None
    masked = mask(content)
    return mask_text(text) if masked == content else json.dumps(masked)


def mask_properties(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """All properties of a resource of `type_`, masked. A Kubernetes Secret's `data` is secret as a whole."""
    whole = {"data", "stringData"} if type_.startswith("kubernetes:core/v1:Secret") else set[str]()
    return {key: MASK if key in whole and value else mask(value, key) for key, value in properties.items()}
