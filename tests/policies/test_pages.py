"""The rules' pages: whole, up to date, and in the terminal."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from incidents.pages import page_of, pages
from incidents.rule import Rule
from incidents.rules import RULES
from plinth.cli import app
from plinth.errors import UserError
from tests.conftest import ROOT


def test_the_pages_are_those_of_the_rules() -> None:
    folder = ROOT / "docs" / "rules"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert written == pages(), "run `make rules`"


def test_each_threshold_is_in_the_table_of_settings() -> None:
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    for threshold in (threshold for rule in RULES for threshold in rule.thresholds):
        assert f"| `{threshold.name}` | {threshold.default} |" in text
        assert f"| `{threshold.rule}` |" in text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_says_what_happened_why_and_what_to_write(rule: Rule) -> None:
    page = page_of(rule)
    for part in (f"# {rule.id}\n", "## Why\n", "## Remedy\n", rule.why):
        assert part in page
    assert all(f"`{threshold.name}`" in page for threshold in rule.thresholds)


def test_explain_prints_a_page_and_helps_with_a_misspelt_id() -> None:
    shown = CliRunner().invoke(app, ["explain", "two-zones"])
    assert shown.exit_code == 0
    assert "outlives a zone" in shown.output
    wrong = CliRunner().invoke(app, ["explain", "two-zone"])
    assert isinstance(wrong.exception, UserError)
    assert "Did you mean two-zones?" in str(wrong.exception)
