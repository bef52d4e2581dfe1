"""What a rule is, and the four verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from incidents.graph import Graph


class Verdict(Enum):
    """What a rule says of one resource. Resources that a rule says nothing of are not its subject."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """One verdict, about the resource `urn`; `text` says what is wrong with which value, what follows, and the remedy."""

    verdict: Verdict
    urn: str
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule. `id` is the incident's, and the policy's name; `check` judges the whole stack."""

    id: str
    why: str
    remedy: str
    check: Callable[[Graph], Iterable[Finding]]
