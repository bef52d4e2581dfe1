"""The page of each rule, made from the rule itself: `make rules` writes docs/rules/, `plinth explain` prints one."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

from incidents.rule import Rule
from incidents.rules import RULES


def page_of(rule: Rule) -> str:
    """The rule's page in Markdown: what happened, why it is blocked, what to write instead, thresholds and examples."""
    title, _, story = (inspect.getdoc(sys.modules[rule.check.__module__]) or "").partition("\n")
    level = (
        "It blocks on production, and is advice on other stacks."
        if rule.prod_only
        else "It blocks on every stack."
    )
    parts = [
        f"# {rule.id}",
        f"{plain_title(rule.id, title)} {level}",
        story.strip(),
        f"## Why\n\n{rule.why}",
        f"## Remedy\n\n{sentence(rule.remedy)}.",
        thresholds(rule),
        example("Blocked", rule.bad),
        example("Passes", rule.good),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def plain_title(rule_id: str, title: str) -> str:
    """A module's first line without the id: "Only what really runs the workloads reaches a data port."."""
    return sentence(title.removeprefix(f"`{rule_id}`: "))


def sentence(text: str) -> str:
    """`text` with a capital, unless it starts with a name of code."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text


def thresholds(rule: Rule) -> str:
    if not rule.thresholds:
        return ""
    rows = [
        f"| `{item.name}` | {item.default} | {item.least} to {item.most} | {item.what} |"
        for item in rule.thresholds
    ]
    head = "## Settings\n\n| key | default | range | what it is |\n|---|---|---|---|\n"
    return head + "\n".join(rows)


def example(title: str, text: str) -> str:
    """A code block, of YAML if it looks like a manifest, else of Python."""
    if not text:
        return ""
    language = "yaml" if re.search(r"^\s*(- )?[A-Za-z][\w.]*:( |$)", text, re.MULTILINE) else "python"
    return f"## {title}\n\n```{language}\n{inspect.cleandoc(text)}\n```"


def index() -> str:
    rows = "\n".join(f"- [{rule.id}]({rule.id}.md): {rule.why}" for rule in RULES)
    return f"# Rules\n\nMade from the rules themselves by `make rules`.\n\n{rows}\n"


def pages() -> dict[str, str]:
    """All pages by file name."""
    return {"index.md": index()} | {f"{rule.id}.md": page_of(rule) for rule in RULES}


def write(folder: Path) -> None:
    """Write all pages into `folder`, and delete those of rules that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    for old in folder.glob("*.md"):
        if old.name not in pages():
            old.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
