"""The simulated cloud's own record of what exists, apart from Pulumi's state.

It makes refreshes honest (what is gone from here is gone), lets look-ups see what other programs made, and gives a
replacement another id than the resource that it replaces. It keeps no secret value.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plinth.simulator.values import without_secrets

SCHEMA = """
create table if not exists resource (
    type text not null, id text not null, stack text not null, urn text not null, properties text not null,
    primary key (type, id)
) without rowid;
create index if not exists resource_urn on resource (urn);
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
        self._database = sqlite3.connect(folder / "cloud.sqlite3", check_same_thread=False, isolation_level=None)
        # A rehearsal that loses its last write to a power cut is rehearsed again; waiting for the disk is not worth it.
        self._database.executescript(f"pragma journal_mode = wal; pragma synchronous = off; {SCHEMA}")

    def put(self, record: Record) -> None:
        """Make `record` exist, over an earlier one of the same type and id."""
        stack = record.urn.removeprefix("urn:pulumi:").split("::")[0]
        properties = json.dumps(without_secrets(dict(record.properties)), default=str)
        with self._lock:
            self._database.execute(
                "insert or replace into resource values (?, ?, ?, ?, ?)",
                (record.type, record.id, stack, record.urn, properties),
            )

    def get(self, type_: str, id_: str) -> Record | None:
        rows = self._select("type = ? and id = ?", type_, id_)
        return rows[0] if rows else None

    def of_urn(self, urn: str) -> list[Record]:
        """All that exists under `urn`: more than one while a replacement is under way."""
        return self._select("urn = ?", urn)

    def of_type(self, type_: str) -> list[Record]:
        return self._select("type = ?", type_)

    def delete(self, type_: str, id_: str) -> None:
        with self._lock:
            self._database.execute("delete from resource where type = ? and id = ?", (type_, id_))

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _select(self, condition: str, *values: str) -> list[Record]:
        query = f"select type, id, urn, properties from resource where {condition} order by type, id"  # noqa: S608 - constants
        with self._lock:
            rows = self._database.execute(query, values).fetchall()
        return [Record(type_, id_, urn, json.loads(properties)) for type_, id_, urn, properties in rows]
