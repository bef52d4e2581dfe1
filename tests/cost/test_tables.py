"""The price tables that come with the project: whole, sourced, and consistent with what is billed."""

from __future__ import annotations

import json

import pytest

from aws_facts.prices import FOLDER, REGIONS
from plinth.costs.assumptions import USE
from plinth.costs.charges import CHARGES, is_free
from plinth.costs.table import prices

GLOBAL = {"cloudfront:data", "cloudfront:requests"}


def test_there_is_a_table_for_each_region() -> None:
    assert REGIONS == ("ap-northeast-2", "eu-west-1", "us-east-1")


@pytest.mark.parametrize("region", REGIONS)
def test_each_price_has_an_amount_a_unit_and_a_dated_source(region: str) -> None:
    content = json.loads((FOLDER / f"{region}.json").read_text())
    assert content["region"] == region
    assert list(content["prices"]) == sorted(content["prices"])
    for key, price in prices(region).items():
        assert price.usd > 0, key
        assert price.unit, key
        assert ", 20" in price.source, key


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_billed_by_use_is_listed_in_the_unit_that_is_supposed(region: str) -> None:
    table = prices(region)
    for key, use in USE.items():
        if key in table:
            assert use.unit.rstrip("s") == table[key].unit, key


def test_no_type_is_both_free_and_billed() -> None:
    assert [type_ for type_ in CHARGES if is_free(type_)] == []
