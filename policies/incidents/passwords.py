"""Passwords that are written out: in properties, variables and texts. Nothing here hands out the password itself.

A policy sees a secret in clear, and cannot tell it from a literal: Pulumi's SDKs mark what goes into `masterPassword` as a
secret, whoever wrote it, and the policy SDK removes the marks. What tells them apart is the edge of a value that a resource
made, and the stack's configuration, which Pulumi passes to policies decrypted (`PULUMI_CONFIG`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from incidents.unknowns import Unknown, as_dict, as_list

NAME = re.compile(
    r"(password|passwd|passphrase|passwort|auth[_.-]?token|(^|[_.-])(db|pg|database|postgres|redis|mysql)[_.-]?(pwd|pass))$",
    re.IGNORECASE,
)
"""Names of variables and keys that hold a password; `DB_PASSWORD_FILE` or `..._ARN` say where one is."""

FLAGS = {"", "0", "1", "true", "false", "yes", "no", "on", "off", "none", "null"}
"""What `ALLOW_EMPTY_PASSWORD` and the like are set to."""

REFERENCE = re.compile(r"^\s*(\$[({\w]|\{\{|%[\w(]|<|vault:|op://|arn:aws|ssm:|secretsmanager:)")
"""A value that only names a variable, a template's field or a secret."""

PLACEHOLDER = re.compile(
    r"^\W*(change|replace|fill|set)[ _-]?(me|this|in|later)\b|^(placeholder|dummy|todo|tbd)\b", re.IGNORECASE
)
"""What is put into a secret that a person fills later."""

IN_URL = re.compile(r"://[^/\s:@]*:([^@\s/]+)@")
IN_TEXT = re.compile(
    r"(?<![\w.-])(?<!-file=)[\w.-]*(?:password|passwd|auth[_-]?token)[\"']?(?:[ \t]*=|:)[ \t]*[\"']?([^\s\"'&|;,]+)"
    r"|(?:identified by|password)\s+['\"]([^\s\"'&|;,]+)",
    re.IGNORECASE,
)
"""What follows the name is on its line: below `password:` may be settings about passwords. `--from-file=password=` names a file."""


def is_literal(value: Any) -> bool:
    """Whether a text is a password itself, not a flag or the name of one."""
    return isinstance(value, str) and value.strip().lower() not in FLAGS and not REFERENCE.match(value)


def in_variable(name: str, value: Any) -> str:
    """Where a password is in the variable, in words; empty if nowhere. One that is only known later is one as well."""
    if NAME.search(name) and (isinstance(value, Unknown) or is_literal(value)):
        return name
    if isinstance(value, str) and any(map(is_literal, IN_URL.findall(value))):
        return f"the URL in {name}"
    return ""


def in_variables(variables: Mapping[str, Any], where: str) -> Iterator[str]:
    """Where passwords are in variables of `where`, by name; file-like values are read as texts."""
    for name, value in sorted(variables.items()):
        found = in_variable(name, value) or (
            in_text(value, name) if isinstance(value, str) and "\n" in value else ""
        )
        if found:
            yield f"{found} of {where}"


def in_text(text: Any, where: str) -> str:
    """`where` if a script, a command or a file holds a password, else empty."""
    if not isinstance(text, str):
        return ""
    found = [*IN_URL.findall(text), *(one or other for one, other in IN_TEXT.findall(text))]
    return where if any(map(is_literal, found)) else ""


def in_secret(text: str) -> bool:
    """Whether the text of a secret is, or holds under the name of one, a password that somebody wrote."""
    try:
        held = json.loads(text)
    except ValueError:
        held = text
    if isinstance(held, dict):
        return any(NAME.search(key) and is_written(value) for key, value in as_dict(held).items())
    return is_written(text)


def is_written(value: Any) -> bool:
    return is_literal(value) and not PLACEHOLDER.match(value)


def configured(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """All texts of the stack's configuration, those in objects and lists too."""
    values = json.loads(environment.get("PULUMI_CONFIG") or "{}")
    return frozenset(text for value in as_dict(values).values() for text in texts_in(value))


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value.startswith(("{", "[")):
            try:
                value = json.loads(value)
            except ValueError:
                return
    for inner in (*as_dict(value).values(), *as_list(value)):
        yield from texts_in(inner)
