"""`plinth explain ID`: the page of one rule in the terminal."""

from __future__ import annotations

import difflib
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from plinth import pack
from plinth.errors import UserError


def explain(rule_id: str, folder: Path | None) -> None:
    """Print the rule's page. Raises `UserError` for an id that no rule has."""
    pack.load(folder)
    from incidents.pages import page_of
    from incidents.rules import RULES

    rules = {rule.id: rule for rule in RULES}
    if rule_id not in rules:
        near = difflib.get_close_matches(rule_id, rules, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(rules)}."
        raise UserError(f"{rule_id}: no rule has this id. {hint}")
    Console().print(Markdown(page_of(rules[rule_id])))
