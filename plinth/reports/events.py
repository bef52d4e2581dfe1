"""The report on a preview, from the engine's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from plinth.errors import UserError
from plinth.event_log import Event, read_log
from plinth.reports.differences import property_changes
from plinth.reports.loss import loss_of
from plinth.reports.masking import mask_text
from plinth.reports.model import Change, Diagnostic, Finding, Operation, Report, name_of
from plinth.reports.renames import merge_renames

STACK_TYPE = "pulumi:pulumi:Stack"

OPERATIONS: Mapping[str, Operation | None] = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    "delete-replaced": Operation.REPLACE,
    "discard-replaced": Operation.REPLACE,
    "import-replacement": Operation.REPLACE,
    "delete": Operation.DELETE,
    "import": Operation.IMPORT,
    "same": None,
    "read": None,
    "read-replacement": None,
    "refresh": None,
    "discard": None,
    "remove-pending-replace": None,
}
"""The engine's steps (`sdk/go/common/display`, `StepOp`), and what they are to a reader."""

SUMMARIES = ("policyAnalyzeSummaryEvent", "policyAnalyzeStackSummaryEvent")

TELLS_MOST = ("replace", "create-replacement", "delete-replaced")
"""A replacement has three steps; this one has old, new and the reason."""


def read_event_log(path: Path) -> Report:
    """The report on the preview that left `path`. Raises `UserError` when it is no event log."""
    return read_events(read_log(path))


def read_events(events: Iterable[Event]) -> Report:
    """The report on one preview's events; everything in it is sorted, however the engine ordered its steps."""
    events = list(events)
    steps = [event["metadata"] for event in of_kind(events, "resourcePreEvent")]
    parents = {step["urn"]: planned(step).get("parent") or "" for step in steps}
    # Of a replacement's three steps, the one that tells most comes last and stays.
    chosen = {step["urn"]: step for step in sorted(steps, key=rank, reverse=True) if is_change(step)}
    changes = merge_renames((change_of(step, parents), step) for step in chosen.values())
    findings = {finding_of(event) for event in of_kind(events, "policyEvent")}
    summaries = list(of_kind(events, "summaryEvent"))
    return Report(
        stack=next((step["urn"].split(":")[2] for step in steps), ""),
        changes=tuple(sorted(changes, key=lambda change: change.order)),
        findings=tuple(sorted(findings, key=lambda item: item.order)),
        diagnostics=tuple(dict.fromkeys(diagnostics(events))),
        passed=passed(events),
        packs=tuple(
            sorted({event["policyPackName"] for kind in SUMMARIES for event in of_kind(events, kind)})
        ),
        finished=any(item.get("result") == "succeeded" for item in summaries),
    )


def of_kind(events: Iterable[Event], kind: str) -> Iterator[Event]:
    return (event[kind] for event in events if kind in event)


def operation_of(step: Event) -> Operation | None:
    try:
        return OPERATIONS[step["op"]]
    except KeyError:
        raise UserError(
            f"{step['urn']}: the engine's step {step['op']!r} is not known here, so a report could not say what it does. "
            "Use a newer Plinth, or an older engine."
        ) from None


def is_change(step: Event) -> bool:
    return operation_of(step) is not None and step["type"] != STACK_TYPE


def planned(step: Event) -> Event:
    """The resource as it will be; as it was, when it goes."""
    return step.get("new") or step["old"]


def rank(step: Event) -> int:
    return TELLS_MOST.index(step["op"]) if step["op"] in TELLS_MOST else 0


def change_of(step: Event, parents: Mapping[str, str]) -> Change:
    operation = operation_of(step)
    assert operation  # noqa: S101 - only steps that change something are read
    urn, type_ = step["urn"], step["type"]
    old: Event = step.get("old") or {}
    return Change(
        urn=urn,
        type=type_,
        name=name_of(urn),
        operation=operation,
        component=components_above(step, parents),
        properties=() if operation is Operation.DELETE else property_changes(type_, step),
        loss=loss_of(type_, operation),
        protected=operation.destroys and bool(old.get("protect")),
        retained=operation.destroys and bool(old.get("retainOnDelete")),
    )


def components_above(step: Event, parents: Mapping[str, str]) -> tuple[str, ...]:
    """`("ServiceDatabases shop", "DatabaseLogin orders")`: outermost first; a component belongs to its own group."""
    path: list[str] = []
    is_component = not planned(step).get("custom")
    at = step["urn"] if is_component else parents.get(step["urn"], "")
    while at and type_of(at) != STACK_TYPE and len(path) < len(parents):
        path.append(f"{type_of(at).rpartition(':')[2]} {name_of(at)}")
        at = parents.get(at, "")
    return tuple(reversed(path))


def type_of(urn: str) -> str:
    return urn.split("::", 3)[2].rpartition("$")[2] if urn.count("::") >= 3 else ""


def finding_of(event: Event) -> Finding:
    why, _, text = event["message"].strip().partition("\n")
    return Finding(
        policy=event["policyName"],
        urn=event.get("resourceUrn", ""),
        text=mask_text(text.strip() or why),
        why=why if text.strip() else "",
        mandatory=event["enforcementLevel"] == "mandatory",
    )


def diagnostics(events: Iterable[Event]) -> Iterator[Diagnostic]:
    for said in of_kind(events, "diagnosticEvent"):
        text = said["message"].strip()
        if said["severity"] in ("warning", "error") and text not in ("preview failed", "update failed", ""):
            yield Diagnostic(said["severity"] == "error", mask_text(text), said.get("urn", ""))


def passed(events: Iterable[Event]) -> tuple[str, ...]:
    """The policies that judged something and failed nowhere."""
    good: set[str] = set()
    bad: set[str] = set()
    for kind in SUMMARIES:
        for summary in of_kind(events, kind):
            good.update(summary.get("passed", ()))
            bad.update(summary.get("failed", ()))
    return tuple(sorted(good - bad))
