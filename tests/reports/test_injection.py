"""What a stranger writes into a branch, a name or a value stays text in every format."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from plinth.diffing.command import summary_line
from plinth.reports.events import read_events
from plinth.reports.format import Format
from plinth.reports.model import Change, Diagnostic, Finding, Loss, Operation, PropertyChange, Report, Section
from plinth.reports.output import RENDERERS
from plinth.reports.text import INVISIBLE, one_line, visible
from tests.reports.logs import resource, summary

NASTY = [
    "<script>alert(1)</script>",
    "</code></summary></details><img src=x onerror=alert(1)>",
    "`` `code` ``` ```` ",
    "[click](javascript:alert(1)) ![x](https://evil.example.com/x.png)",
    "@everyone #1 GH-1 https://evil.example.com www.evil.example.com a@b.example.com",
    "a | b \\| c \\",
    "\n# heading\n- list\n\n> quote\n\n***\n",
    "::error file=x::y\n::stop-commands::z",
    "$(touch /tmp/x) `touch /tmp/x` ; touch /tmp/x # ${{ github.token }}",
    "\x1b]0;title\x07\x1b[31mred",
    "\u202egnp.exe\u200b\u2028\ufeff",
    "\ud800\ufffe\x00",
    "--> <!-- ]]> {{ 7 * 7 }} {% raw %} [bold red]x[/]",
    '" onmouseover="alert(1)',
    "**bold** _it_ ~~no~~ &lt; &#60;script&#62;",
    "-", "`", " ", "",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from([*"`|<>&[]()*_~#@\\\n\r\"'$ :-a!{}", "\u202e", "\x1b", "::", "```"]), max_size=12).map("".join),
    st.text(max_size=20),
)  # fmt: skip
CANARY = "canary"


def report(text: str) -> Report:
    """`text` at each place of a report that holds foreign text, losses of all kinds and a second column included."""
    value = PropertyChange(f"a{text}", f"old{text}", text, replaces=True)
    long = PropertyChange(text, f"{'x' * 300}{text}", None)
    change = Change(
        urn=f"urn:pulumi:prod::shop::a:b/c:D{text}::{text}",
        type=f"a:b/c:D{text}",
        name=text,
        operation=Operation.REPLACE,
        component=(f"Network {text}", text),
        properties=(value, long),
        loss=Loss.DATA,
        renamed_from=text,
    )
    return Report(
        stack=text,
        changes=(change, Change("urn", text, CANARY, Operation.CREATE)),
        findings=(Finding(text, change.urn, text, why=text), Finding("rule", "", text, mandatory=False)),
        diagnostics=(Diagnostic(True, text), Diagnostic(False, text)),
        passed=(text,),
        packs=(text,),
        comparison=text,
        sections=(Section(text, (text, "b"), ((text, CANARY),), svg=f"<svg>{text}</svg>", mermaid=text),),
    )


class Page(HTMLParser):
    """The elements and attributes of a page, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


def elements(page: str) -> list[tuple[str, tuple[str, ...]]]:
    return Page(page).elements


# The same report with a harmless text has the same elements: foreign text neither adds nor ends one.
HARMLESS = {format_: RENDERERS[format_]([report("x")]) for format_ in Format}


@given(TEXTS.filter(bool))
def test_html_has_the_same_elements_whatever_the_text(text):
    assert elements(RENDERERS[Format.HTML]([report(text)])) == elements(HARMLESS[Format.HTML])


@given(TEXTS.filter(bool))
def test_markdown_has_the_same_structure_whatever_the_text(text):
    assert structure(RENDERERS[Format.MARKDOWN]([report(text)])) == structure(HARMLESS[Format.MARKDOWN])


def structure(comment: str) -> list[str]:
    """The tree of a comment as GitHub's parser sees it: no foreign text may add a node, or raw HTML of its own."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found: list[str] = []
    for token in parser.parse(comment):
        found.append(token.type)
        if token.type == "html_block":
            found += [f"<{name} {attributes}>" for name, attributes in elements(token.content)]
        for inner in token.children or []:
            if inner.type not in ("text", "text_special", "softbreak"):
                found.append(f"{inner.type} {inner.content if inner.type == 'html_inline' else ''}")
    return [item for item in found if "<code>" not in item and "</code>" not in item]


@pytest.mark.parametrize("text", NASTY)
def test_mentions_and_links_are_in_code_alone(text):
    """GitHub links mentions, issues and addresses wherever no code is; it leaves code alone."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    page = parser.render(RENDERERS[Format.MARKDOWN]([report(text)]))
    outside = re.sub(r"<code.*?</code>|<a href", "", page, flags=re.DOTALL)
    assert not re.search(r"@everyone|#1\b|evil\.example|a@b", outside)


@given(TEXTS)
def test_no_format_has_a_character_that_nobody_sees(text):
    for format_ in Format:
        shown = RENDERERS[format_]([report(text)])
        shown.encode()
        assert not {char for char in shown if (char not in "\n" and ord(char) < 0x20) or char == "\u202e"}, (
            format_
        )


@given(TEXTS)
def test_no_line_of_a_log_is_a_command(text):
    """GitHub Actions obeys lines that begin with `::`, after blanks; Azure Pipelines those with `##vso[`."""
    lines = RENDERERS[Format.TERMINAL]([report(text)]).splitlines()
    assert not [line for line in lines if re.match(r"\s*(::|##)", line)]


@given(TEXTS)
def test_machines_can_read_their_formats(text):
    sarif = json.loads(RENDERERS[Format.SARIF]([report(text)]))
    assert len(sarif["runs"][0]["results"]) == 4
    assert json.loads(RENDERERS[Format.JSON]([report(text)]))["stacks"][0]["changes"][1]["name"] == CANARY
    suites = ElementTree.fromstring(RENDERERS[Format.JUNIT]([report(text)]))  # noqa: S314 - our own
    assert len(suites.findall("testsuite")) == 1


@given(TEXTS)
def test_the_summary_line_is_safe_in_a_shell(text):
    assert re.fullmatch(r"plinth-diff:( [a-z-]+=[A-Za-z0-9_.,-]*)+", summary_line([report(text)]))


@given(st.text())
def test_visible_text_is_one_line_without_controls(text):
    for shown in (visible(text), one_line(text)):
        assert not {unicodedata.category(char) for char in shown} & INVISIBLE


def test_a_picture_runs_no_script():
    svg = '<svg onload="alert(1)"><script>alert(2)</script></svg>'
    page = RENDERERS[Format.HTML]([Report("prod", sections=(Section("Picture", svg=svg),))])
    assert "alert" not in page
    assert base64.b64encode(svg.encode()).decode() in page
    assert [tag for tag, _ in elements(page)].count("script") == 1


@given(TEXTS)
def test_names_and_values_of_an_event_log(text):
    """From the log to the page: what the engine says of a resource with a hostile name and value."""
    event = resource("update", "aws:s3/bucket:Bucket", text, {"a": text, text: 1}, {"a": f"{text}!", text: 2})
    for format_ in Format:
        RENDERERS[format_]([read_events([event, summary()])])
