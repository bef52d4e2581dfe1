"""What may be declared, and what the ConfigMap then holds: no server needed."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from database_bootstrap import DatabaseSpec, SpecError, render, scram_verifier


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": ""}, "cut at 63 bytes"),
        ({"name": "a" * 64}, "cut at 63 bytes"),
        ({"name": "é" * 32}, "cut at 63 bytes"),
        ({"name": 'a"; DROP DATABASE b; --'}, "cut at 63 bytes"),
        ({"name": "a\nb"}, "cut at 63 bytes"),
        ({"name": "a\n"}, "cut at 63 bytes"),
        ({"name": "1a"}, "a letter or _ first"),
        ({"name": "template0"}, "belongs to PostgreSQL or RDS"),
        ({"owner": "pg_monitor"}, "belongs to PostgreSQL or RDS"),
        ({"owner": "rds_superuser"}, "belongs to PostgreSQL or RDS"),
        ({"owner": "public"}, "belongs to PostgreSQL or RDS"),
        ({"read_only": "shop"}, "named twice"),
        ({"previous_owner": "shop"}, "named twice"),
        ({"previous_owner": "x; y"}, "cut at 63 bytes"),
        ({"extensions": ("pgtrgm",)}, "Did you mean 'pg_trgm'?"),
        ({"extensions": ("dblink",)}, "is not allowed"),
        ({"connection_limit": 0}, "connection_limit 0"),
        ({"statement_timeout_ms": -1}, "statement_timeout_ms -1"),
    ],
)
def test_refused(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(SpecError, match=r"^database ") as error:
        replace(DatabaseSpec("shop", "shop"), **fields)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (DatabaseSpec("shop", "other"), "name 'shop' is declared twice"),
        (DatabaseSpec("other", "shop"), "owner 'shop' is declared twice"),
        (DatabaseSpec("other", "other", read_only="shop"), "'shop' owns a database"),
        (DatabaseSpec("other", "other", read_only="reader", auth="iam"), "IAM here and by password there"),
    ],
)
def test_refused_together(second: DatabaseSpec, text: str) -> None:
    with pytest.raises(SpecError, match=text):
        render([DatabaseSpec("shop", "shop", read_only="reader"), second])


def test_files_do_not_depend_on_order() -> None:
    one, two = DatabaseSpec("one", "one", extensions=("citext", "hstore")), DatabaseSpec("two", "two")
    same = DatabaseSpec("one", "one", extensions=("hstore", "citext"))
    assert render([one, two]) == render([two, same])
    assert render([one]) != render([two])


def test_verifier_of_the_example_in_rfc_7677() -> None:
    assert scram_verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize("password", ["", "pässword"])
def test_no_verifier(password: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        scram_verifier(password, b"salt")
