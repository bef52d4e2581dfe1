"""The simulated cloud's own record of what exists, apart from Pulumi's state.

It makes refreshes honest (what is gone from here is gone), lets look-ups see what other programs made, and gives a
replacement another id than the resource that it replaces. It keeps no secret value.

Records are kept by urn: two stacks, or two clusters, may both have something of the same id. Who asks for an id under
another urn (an import, a `Vpc.get`, a resource whose urn has changed) gets the stack's own, else any stack's.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plinth.simulator.values import without_secrets

SCHEMA = """
create table if not exists existing (
    urn text not null, id text not null, stack text not null, type text not null, properties text not null,
    primary key (urn, id)
) without rowid;
create index if not exists existing_id on existing (type, id);
create table if not exists kept_names (
    stack text not null, type text not null, name text not null, primary key (stack, type, name)
) without rowid;
"""


@dataclass(frozen=True)
class Record:
    """One thing that exists in the simulated cloud."""

    type: str
    id: str
    urn: str
    properties: Mapping[str, Any]


class Cloud:
    """The record of one rehearsal folder, in `folder/cloud.sqlite3`; safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            folder / "cloud.sqlite3", check_same_thread=False, isolation_level=None
        )
        # A rehearsal that loses its last write to a power cut is rehearsed again: waiting for the disk is not worth it.
        self._database.executescript(f"pragma journal_mode = wal; pragma synchronous = off; {SCHEMA}")

    def put(self, record: Record) -> None:
        """Make `record` exist, over an earlier one of the same urn and id."""
        properties = json.dumps(without_secrets(dict(record.properties)), default=str)
        with self._lock:
            self._database.execute(
                "insert or replace into existing values (?, ?, ?, ?, ?)",
                (record.urn, record.id, stack_of(record.urn), record.type, properties),
            )

    def find(self, type_: str, id_: str, urn: str) -> Record | None:
        """What of `type_` and `id_` belongs to `urn`; None when there is nothing of that id."""
        own_first = "order by urn = ? desc, stack = ? desc, urn limit 1"
        rows = self._select(f"type = ? and id = ? {own_first}", type_, id_, urn, stack_of(urn))
        return rows[0] if rows else None

    def of_type(self, type_: str) -> list[Record]:
        return self._select("type = ? order by id, urn", type_)

    def all(self) -> list[Record]:
        """Everything that exists."""
        return self._select("true order by urn, id")

    def delete(self, record: Record) -> None:
        with self._lock:
            self._database.execute("delete from existing where urn = ? and id = ?", (record.urn, record.id))

    def forget_others(self, stack: str, known: Set[tuple[str, str]]) -> None:
        """Delete all of `stack`, as `stack_of` gives it, whose urn and id are not among the `known`."""
        for record in self._select("stack = ?", stack):
            if (record.urn, record.id) not in known:
                self.delete(record)

    def keep_name(self, type_: str, name: str, urn: str) -> None:
        """Remember that the name of something deleted is not free again, for the stack of `urn`."""
        with self._lock:
            self._database.execute(
                "insert or ignore into kept_names values (?, ?, ?)", (stack_of(urn), type_, name)
            )

    def is_kept(self, type_: str, name: str, urn: str) -> bool:
        query = "select 1 from kept_names where stack = ? and type = ? and name = ?"
        with self._lock:
            return self._database.execute(query, (stack_of(urn), type_, name)).fetchone() is not None

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _select(self, rest: str, *values: str) -> list[Record]:
        query = f"select type, id, urn, properties from existing where {rest}"  # noqa: S608 - constants
        with self._lock:
            rows = self._database.execute(query, values).fetchall()
        return [Record(type_, id_, urn, json.loads(properties)) for type_, id_, urn, properties in rows]


def stack_of(urn: str) -> str:
    """The stack and project in a urn, which name a stack for good."""
    return "::".join(urn.removeprefix("urn:pulumi:").split("::")[:2])
