"""Foreign text, made harmless and short. Names and values come from whoever wrote the pull request."""

from __future__ import annotations

import re
import unicodedata

from plinth.reports.model import Change, PropertyChange

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's general categories of what has no shape, or turns or breaks lines: controls, formats, surrogates..."""

SHORT = 120
"""Characters of a value where space is dear."""

CONTEXT = 20
"""Characters that stay of what two long values have in common."""

NOTHING = "(empty)"


def visible(text: str) -> str:
    r"""`text` on one line, with each character that nobody sees written out: a line feed is `\n`, ESC `\u001b`."""
    return "".join(spell(char) if unicodedata.category(char) in INVISIBLE else char for char in text)


def spell(char: str) -> str:
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    return f"\\u{ord(char):04x}"


def one_line(text: str) -> str:
    """A message on one line: its line feeds and tabs are spaces, all else is `visible`."""
    return visible(re.sub(r"\s+", " ", text).strip())


def lines(text: str) -> list[str]:
    """A document's lines, each `visible`."""
    return [visible(line) for line in text.split("\n")]


def cut(text: str, length: int = SHORT) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def fold(change: PropertyChange, length: int = SHORT) -> tuple[str | None, str | None]:
    """Old and new at most `length` characters long: what long values have in common goes first."""
    old, new = change.old, change.new
    if old is None or new is None or max(len(old), len(new)) <= length:
        return short(old, length), short(new, length)
    before = max(common(old, new) - CONTEXT, 0)
    after = max(common(old[before:][::-1], new[before:][::-1]) - CONTEXT, 0)
    return short(middle(old, before, after), length), short(middle(new, before, after), length)


def short(text: str | None, length: int) -> str | None:
    return None if text is None else cut(visible(text) or NOTHING, length)


def common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def middle(text: str, before: int, after: int) -> str:
    head, tail = "…" if before else "", "…" if after else ""
    return f"{head}{text[before : len(text) - after]}{tail}"


def remarks(change: Change) -> list[str]:
    """What a reader must know of a deletion or replacement beyond the fact."""
    found: list[str] = []
    if change.renamed_from:
        found.append("only its name changed: with the option `aliases` nothing would be replaced")
    if change.protected:
        found.append("it is protected: `pulumi up` will refuse")
    if change.retained:
        found.append("the old one stays in the account, outside the stack")
    return found


def title(change: Change) -> str:
    """`aws:ec2/subnet:Subnet` without what says it twice: `aws:ec2 Subnet`."""
    package, _, name = change.type.rpartition(":")
    return f"{package.partition('/')[0]} {name}".strip()
