"""The table for people, and the data for scripts."""

from __future__ import annotations

from plinth.costs.pricing import price
from plinth.costs.show import as_data, fixed, grouped, notes
from tests.cost.test_pricing import SEOUL, resource

KEYS = [resource("kms/key:Key", name) for name in ("a", "b", "c")]
STREAM = resource("kinesis/stream:Stream", "clicks")
ALIKE = [resource("sqs/queue:Queue", name) for name in ("x", "y")]


def test_charges_that_differ_in_their_resource_alone_are_one_row() -> None:
    rows = {label: str(monthly) for label, monthly, _ in grouped(price([*KEYS, STREAM, *ALIKE], SEOUL))}
    assert rows == {
        "clicks: no price in the table": "None",
        "3 of kms Key: 1 x key": "3",
        "2 of sqs Queue: requests (1 million each) *": "0.80",
    }


def test_what_is_unknown_or_unchecked_is_said_below_the_table() -> None:
    assert list(notes(price(KEYS, SEOUL))) == []
    unknown, unchecked = notes(price([STREAM, *ALIKE], SEOUL))
    assert unknown == "unknown, and in no sum: kinesis Stream"
    assert unchecked.startswith("* this figure was not checked against AWS's price list")


def test_a_sum_without_a_price_says_so_and_is_never_0() -> None:
    group = resource(
        "eks/nodeGroup:NodeGroup", instanceTypes=["m7g.large"], scalingConfig={"minSize": 1, "maxSize": 2}
    )
    assert fixed(price(KEYS, SEOUL)) == ("3.00", "")
    assert fixed(price([group], SEOUL)) == ("75.04", "150.09")
    assert fixed(price([*KEYS, STREAM], SEOUL)) == ("> 3.00", "")
    assert fixed(price([STREAM], SEOUL)) == ("unknown", "")
    assert fixed(price(ALIKE, SEOUL)) == ("0.00", "")  # billed by use alone


def test_a_region_without_a_table_is_named() -> None:
    _, why = notes(price(KEYS, "eu-central-1"))
    assert why == "eu-central-1: there is no price table for it; docs/cost.md tells how to make one"


def test_data_has_amounts_with_all_their_digits_and_null_for_unknown() -> None:
    data = as_data(price([KEYS[0], STREAM], SEOUL))
    assert (data["currency"], data["hours_a_month"]) == ("USD", 730)
    assert data["total"] == {"fixed": "1", "at_most": "1", "usage": "0", "unpriced": 1}
    assert [(line["resource"], line["monthly"]) for line in data["lines"]] == [("clicks", None), ("a", "1")]
