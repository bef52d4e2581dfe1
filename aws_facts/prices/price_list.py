"""What AWS's price list files say under the keys of the tables here. Pure: lines of a file in, prices out.

Sources: AWS Billing user guide, "Reading the service price list file for an AWS service" (five lines about the file, then one
with the names of the columns; a row a price). Usage types and operations are as AWS's files of 2026 have them; they carry
the region's abbreviation in front (`APN2-NatGateway-Hours`), in us-east-1 often none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

MILLION = 1_000_000
REGION_IN_FRONT = re.compile(r"^[A-Z]{2,4}\d?-")


@dataclass(frozen=True)
class Rule:
    """Rows of this `usage` type (a pattern), with these values in these columns, are the price of `key`.

    A group of the pattern stands in `key` as `{}`. The file's price is of one; the table's of `times` as many.
    """

    usage: str
    key: str
    unit: str
    times: int = 1
    where: Mapping[str, str] = field(default_factory=dict[str, str])


LINUX = {
    "Operating System": "Linux",
    "Tenancy": "Shared",
    "Pre Installed S/W": "NA",
    "CapacityStatus": "Used",
}
AURORA = {"Database Engine": "Aurora PostgreSQL"}
POSTGRESQL = {"Database Engine": "PostgreSQL"}

RULES: Mapping[str, tuple[Rule, ...]] = {
    "AmazonEC2": (
        Rule(r"BoxUsage:(.+)", "ec2:{}", "hour", where=LINUX),
        Rule(r"NatGateway-Hours", "vpc:nat-gateway", "hour"),
        Rule(r"NatGateway-Bytes", "vpc:nat-gateway-data", "GB"),
        Rule(r"EBS:VolumeUsage\.(gp[23])", "ebs:{}", "GB-month"),
    ),
    "AmazonVPC": (
        Rule(r"PublicIPv4:InUseAddress", "vpc:public-ipv4", "hour"),
        Rule(r"VpcEndpoint-Hours", "vpc:interface-endpoint", "hour"),
        Rule(r"VpcEndpoint-Bytes", "vpc:interface-endpoint-data", "GB"),
    ),
    "AmazonEKS": (Rule(r"AmazonEKS-Hours:perCluster", "eks:cluster", "hour"),),
    "AWSELB": (
        Rule(
            r"LoadBalancerUsage", "elb:application", "hour", where={"operation": "LoadBalancing:Application"}
        ),
        Rule(r"LoadBalancerUsage", "elb:network", "hour", where={"operation": "LoadBalancing:Network"}),
        Rule(r"LCUUsage", "elb:lcu", "LCU-hour", where={"operation": "LoadBalancing:Application"}),
    ),
    "AmazonRDS": (
        Rule(r"InstanceUsage:(.+)", "aurora:{}", "hour", where=AURORA),
        Rule(r"InstanceUsageIOOptimized:(.+)", "aurora-io-optimized:{}", "hour", where=AURORA),
        Rule(r"Aurora:ServerlessV2Usage", "aurora:acu", "hour", where=AURORA),
        Rule(r"Aurora:ServerlessV2IOOptimizedUsage", "aurora-io-optimized:acu", "hour", where=AURORA),
        Rule(r"Aurora:StorageUsage", "aurora:storage", "GB"),
        Rule(r"Aurora:StorageIOUsage", "aurora:io", "million", MILLION),
        Rule(r"InstanceUsage:(.+)", "rds-postgres-single-az:{}", "hour", where=POSTGRESQL),
        Rule(r"Multi-AZUsage:(.+)", "rds-postgres-multi-az:{}", "hour", where=POSTGRESQL),
        Rule(r"RDS:ProxyUsage", "rds:proxy", "vCPU-hour"),
    ),
    "AmazonElastiCache": (
        Rule(r"NodeUsage:(.+)", "elasticache-redis:{}", "hour", where={"Cache Engine": "Redis"}),
        Rule(r"NodeUsage:(.+)", "elasticache-valkey:{}", "hour", where={"Cache Engine": "Valkey"}),
    ),
    "AmazonCloudWatch": (
        Rule(r"CW:AlarmMonitorUsage", "cloudwatch:alarm-standard", "month"),
        Rule(r"DataProcessing-Bytes", "logs:ingest", "GB"),
        Rule(r"TimedStorage-ByteHrs", "logs:storage", "GB"),
    ),
    "AmazonS3": (
        Rule(r"TimedStorage-ByteHrs", "s3:storage", "GB"),
        Rule(r"Requests-Tier1", "s3:writes", "million", MILLION),
        Rule(r"Requests-Tier2", "s3:reads", "million", MILLION),
    ),
}
"""By the service's code. Keys of the tables for which there is no rule stay as they are when the tables are refreshed."""


@dataclass(frozen=True)
class PriceList:
    """What one file says: the day it was published, and USD and unit by key. `ambiguous` keys have several prices."""

    published: str
    prices: Mapping[str, tuple[Decimal, str]]
    ambiguous: frozenset[str]


def read(lines: Iterable[str], rules: Iterable[Rule]) -> PriceList:
    """Read a price list file in CSV, line by line: EC2's has hundreds of megabytes.

    Of prices in tiers, it is the first that costs anything. Raises `ValueError` for what is no price list file.
    """
    rows = iter(lines)
    about = dict(row[:2] for row in csv.reader([next(rows, "") for _ in range(5)]) if len(row) >= 2)
    published = about.get("Publication Date", "")[:10]
    if not published:
        raise ValueError("it does not start as a price list file does: there is no publication date")
    found: dict[str, dict[Decimal, set[Decimal]]] = {}
    units: dict[str, str] = {}
    for row in csv.DictReader(rows):
        for key, rule in matches(row, rules):
            start, usd = Decimal(row["StartingRange"] or 0), Decimal(row["PricePerUnit"]) * rule.times
            if usd:
                found.setdefault(key, {}).setdefault(start, set()).add(usd)
                units[key] = rule.unit
    first = {key: tiers[min(tiers)] for key, tiers in found.items()}
    prices = {key: (min(usd), units[key]) for key, usd in first.items() if len(usd) == 1}
    return PriceList(published, prices, frozenset(first.keys() - prices.keys()))


def matches(row: Mapping[str, str], rules: Iterable[Rule]) -> Iterator[tuple[str, Rule]]:
    if row["TermType"] != "OnDemand" or row["Currency"] != "USD":
        return
    usage = REGION_IN_FRONT.sub("", row["usageType"])
    for rule in rules:
        match = re.fullmatch(rule.usage, usage)
        if match and all(row.get(column) == value for column, value in rule.where.items()):
            yield rule.key.format(*match.groups()), rule
