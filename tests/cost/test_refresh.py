"""Refreshing the price tables, on excerpts in the format of AWS's price list files."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from aws_facts.prices import FOLDER, REGIONS, refresh
from aws_facts.prices.price_list import RULES, read

HEAD = """"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-11-02T20:59:55Z"
"Version","20261102205955"
"OfferCode","{code}"
"""
PRICE = '"SKU","TermType","StartingRange","Unit","PricePerUnit","Currency"'
EC2 = PRICE + ',"usageType","Operating System","Tenancy","Pre Installed S/W","CapacityStatus"\n'
LINUX = '"Linux","Shared","NA","Used"'

EC2_LIST = (
    HEAD.format(code="AmazonEC2")
    + EC2
    + f'"1","OnDemand","0","Hrs","0.1180000000","USD","APN2-BoxUsage:m6i.large",{LINUX}\n'
    '"2","OnDemand","0","Hrs","0.2100000000","USD","APN2-BoxUsage:m6i.large","Windows","Shared","NA","Used"\n'
    '"3","OnDemand","0","Hrs","0.1298000000","USD","APN2-DedicatedUsage:m6i.large","Linux","Dedicated","NA","Used"\n'
    f'"4","Reserved","0","Hrs","0.0740000000","USD","APN2-BoxUsage:m6i.large",{LINUX}\n'
    f'"5","OnDemand","0","Hrs","9.9000000000","USD","APN2-BoxUsage:x99.huge",{LINUX}\n'
    '"6","OnDemand","0","Hrs","0.0590000000","USD","APN2-NatGateway-Hours","","","",""\n'
    '"7","OnDemand","0","GB-Mo","0.0912000000","USD","APN2-EBS:VolumeUsage.gp3","","","",""\n'
)
S3_LIST = (
    HEAD.format(code="AmazonS3")
    + PRICE
    + ',"usageType"\n'
    + '"1","OnDemand","0","Requests","0.0000045000","USD","APN2-Requests-Tier1"\n'
    '"2","OnDemand","0","GB-Mo","0.0000000000","USD","APN2-TimedStorage-ByteHrs"\n'
    '"3","OnDemand","5","GB-Mo","0.0250000000","USD","APN2-TimedStorage-ByteHrs"\n'
    '"4","OnDemand","51200","GB-Mo","0.0240000000","USD","APN2-TimedStorage-ByteHrs"\n'
    '"5","OnDemand","0","Requests","0.0000003500","USD","APN2-Requests-Tier2"\n'
    '"6","OnDemand","0","Requests","0.0000004000","USD","APN2-Requests-Tier2"\n'
)


def test_the_plain_on_demand_price_is_read() -> None:
    found = read(EC2_LIST.splitlines(keepends=True), RULES["AmazonEC2"])
    assert found.published == "2026-11-02"
    assert found.prices == {
        "ec2:m6i.large": (Decimal("0.118"), "hour"),
        "ec2:x99.huge": (Decimal("9.9"), "hour"),
        "vpc:nat-gateway": (Decimal("0.059"), "hour"),
        "ebs:gp3": (Decimal("0.0912"), "GB-month"),
    }


def test_the_first_tier_that_costs_anything_counts_and_two_prices_for_one_thing_are_none() -> None:
    found = read(S3_LIST.splitlines(keepends=True), RULES["AmazonS3"])
    assert found.prices == {"s3:writes": (Decimal("4.5"), "million"), "s3:storage": (Decimal("0.025"), "GB")}
    assert found.ambiguous == {"s3:reads"}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's tables in a folder of their own."""
    for region in REGIONS:
        (tmp_path / f"{region}.json").write_bytes((FOLDER / f"{region}.json").read_bytes())
    monkeypatch.setattr(refresh, "FOLDER", tmp_path)
    return tmp_path


def publish(folder: Path, region: str) -> str:
    """Price list files below `folder`; the address of their root."""
    for service in RULES:
        file = folder / service / "current" / region / "index.csv"
        file.parent.mkdir(parents=True)
        empty = HEAD.format(code=service) + PRICE + ',"usageType"\n'
        file.write_text({"AmazonEC2": EC2_LIST, "AmazonS3": S3_LIST}.get(service, empty))
    return folder.as_uri()


def test_a_refresh_reads_keeps_and_drops(
    tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = "ap-northeast-2"
    before = json.loads((tables / f"{region}.json").read_text())["prices"]
    refresh.main([region], files=publish(tmp_path / "files", region))
    table = json.loads((tables / f"{region}.json").read_text())
    after = table["prices"]
    assert after["ec2:m6i.large"] == {"usd": "0.118", "per": "hour", "source": "AmazonEC2"}
    assert after["secretsmanager:secret"] == before["secretsmanager:secret"]  # has no rule
    assert after["s3:reads"] == before["s3:reads"]  # has two prices
    assert "eks:cluster" not in after  # its file has it no more
    assert "ec2:x99.huge" not in after  # nobody asked for it
    assert table["sources"]["AmazonEC2"]["date"] == "2026-11-02"
    told = capsys.readouterr().out
    assert f"{region}: eks:cluster is in no file any more: unknown" in told
    assert f"{region}: s3:reads has several prices in its file, and was kept" in told


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "cannot be read"), ("<html>login first</html>", "is not in the format")]
)
def test_without_price_lists_nothing_is_changed(
    tables: Path, tmp_path: Path, content: str | None, problem: str
) -> None:
    before = {file.name: file.read_bytes() for file in tables.glob("*.json")}
    root = tmp_path / "files"
    files = publish(root, "eu-west-1")
    file = root / "AmazonEKS" / "current" / "eu-west-1" / "index.csv"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(SystemExit, match=problem):
        refresh.main(["eu-west-1"], files=files)
    assert {file.name: file.read_bytes() for file in tables.glob("*.json")} == before


def test_the_tables_are_written_as_a_refresh_writes_them() -> None:
    for region in REGIONS:
        assert refresh.as_text(refresh.load(region)) == (FOLDER / f"{region}.json").read_text()
