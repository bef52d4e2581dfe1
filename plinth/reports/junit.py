"""JUnit XML, for CI systems that show tests: a suite a stack, a case for each policy that judged it and for the preview.

The format has no standard; the attributes are those that Jenkins' JUnit plugin and GitLab ("Unit test reports") read.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from plinth.reports.model import Finding, Report, name_of
from plinth.reports.text import one_line

PREVIEW = "preview"


def render(reports: Sequence[Report]) -> str:
    root = Xml.Element("testsuites", name="plinth")
    for report in reports:
        root.append(suite(report))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def suite(report: Report) -> Xml.Element:
    """Mandatory findings fail their policy's case; advice is in its output."""
    found = {
        policy: [item for item in report.findings if item.policy == policy] for policy in policies(report)
    }
    failed = [policy for policy, findings in found.items() if any(item.mandatory for item in findings)]
    broken = not report.finished and not failed
    element = Xml.Element(
        "testsuite",
        name=one_line(f"stack {report.stack}"),
        tests=str(len(found) + 1),
        failures=str(len(failed)),
        errors=str(int(broken)),
    )
    preview = Xml.SubElement(element, "testcase", classname="plinth", name=PREVIEW)
    errors = "\n".join(one_line(said.text) for said in report.diagnostics if said.error)
    if report.removed:
        Xml.SubElement(preview, "skipped", message=report.verdict.value)
    if broken:
        Xml.SubElement(preview, "error", message="the preview failed").text = errors
    for policy, findings in found.items():
        case = Xml.SubElement(element, "testcase", classname="plinth.policy", name=one_line(policy))
        lines = "\n".join(map(line, findings))
        if policy in failed:
            Xml.SubElement(case, "failure", message=one_line(lines.partition("\n")[0])).text = lines
        elif findings:
            Xml.SubElement(case, "system-out").text = lines
    return element


def policies(report: Report) -> list[str]:
    return sorted({*report.passed, *(finding.policy for finding in report.findings)})


def line(finding: Finding) -> str:
    return one_line(f"{name_of(finding.urn)}: {finding.text}" if finding.urn else finding.text)
