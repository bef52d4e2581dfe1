"""The offline price tables in `aws_facts/prices/`: one JSON file a region, each price with its unit and source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from aws_facts.prices import FOLDER

HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Price:
    """A list price in USD per `unit` (`hour`, `month`, `GB-month`, `million`...) and who says so."""

    usd: Decimal
    unit: str
    source: str
    verified: bool
    """False where the figure could not be checked against AWS's price list or a copy of it."""

    def monthly(self, quantity: Decimal) -> Decimal:
        """What `quantity` units running, kept or used for a month come to."""
        return self.usd * quantity * (HOURS_A_MONTH if self.unit == "hour" else 1)


@cache
def prices(region: str) -> Mapping[str, Price]:
    """The prices of `region` by key (`ec2:m6i.large`, `vpc:nat-gateway`); none for a region without a table."""
    file = FOLDER / f"{region}.json"
    if not file.is_file():
        return {}
    content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    sources = content["sources"]
    return {
        key: Price(
            Decimal(entry["usd"]),
            entry["per"],
            as_text(source := sources[entry["source"]]),
            source["verified"],
        )
        for key, entry in content["prices"].items()
    }


def as_text(source: Mapping[str, Any]) -> str:
    return f"{source['title']}, {source['date']}"
