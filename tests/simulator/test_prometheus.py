"""Amazon Managed Service for Prometheus: what workspaces and collectors answer, refuse, and are replaced for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.account import Account, Refusal

WORKSPACE, SCRAPER = "aws:amp/workspace:Workspace", "aws:amp/scraper:Scraper"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Inputs = dict[str, Any]


def scraper(subnets: list[str], interval: str = "30s", cluster: str = "shop") -> Inputs:
    arn = f"arn:aws:eks:ap-northeast-2:123456789012:cluster/{cluster}"
    return {
        "source": {"eks": {"clusterArn": arn, "subnetIds": subnets}},
        "destination": {"amp": {"workspaceArn": "arn:aws:aps:ap-northeast-2:123456789012:workspace/ws-1"}},
        "scrapeConfiguration": f"global: {{scrape_interval: {interval}}}",
    }


def test_ids_arns_and_the_endpoint(aws: Account) -> None:
    made = aws.create(WORKSPACE, alias="shop")
    assert re.fullmatch(f"ws-{UUID}", made["id"])
    assert made["arn"] == f"arn:aws:aps:ap-northeast-2:123456789012:workspace/{made['id']}"
    assert made["prometheusEndpoint"] == (
        f"https://aps-workspaces.ap-northeast-2.amazonaws.com/workspaces/{made['id']}/"
    )
    reader = aws.create(SCRAPER, **scraper(aws.network()[1]))
    assert re.fullmatch(f"s-{UUID}", reader["id"])
    assert reader["arn"] == f"arn:aws:aps:ap-northeast-2:123456789012:scraper/{reader['id']}"
    assert re.fullmatch(
        "arn:aws:iam::123456789012:role/aws-service-role/scraper.aps.amazonaws.com/"
        "AWSServiceRoleForAmazonPrometheusScraper_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]",
        reader["roleArn"],
    )


def test_a_collector_is_in_two_zones(aws: Account) -> None:
    with pytest.raises(Refusal, match="ValidationException: Subnets must be in at least two"):
        aws.create(SCRAPER, **scraper(aws.network(zones="a")[1]))


@pytest.mark.parametrize(
    ("type_", "old", "new", "replaced"),
    [
        (WORKSPACE, {"alias": "shop"}, {"alias": "market"}, []),
        (WORKSPACE, {}, {"alias": "market"}, []),
        (WORKSPACE, {"alias": "shop"}, {}, ["alias"]),
        (WORKSPACE, {"kmsKeyArn": "arn:1"}, {"kmsKeyArn": "arn:2"}, ["kmsKeyArn"]),
        (SCRAPER, scraper(["subnet-1"]), scraper(["subnet-1"], interval="60s"), []),
        (SCRAPER, scraper(["subnet-1"]), scraper(["subnet-1", "subnet-2"]), ["source"]),
        (SCRAPER, scraper(["subnet-1"]), scraper(["subnet-1"], cluster="other"), ["source"]),
    ],
)  # fmt: skip
def test_what_replaces(aws: Account, type_: str, old: Inputs, new: Inputs, replaced: list[str]) -> None:
    found = aws.replaced_by(type_, old, new)
    assert [path.partition(".")[0] for path in found] == replaced
