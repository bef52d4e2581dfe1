"""What a change does to the bill."""

from __future__ import annotations

from decimal import Decimal

from plinth.costs.compare import compare, compare_components
from plinth.costs.pricing import price
from tests.cost.test_pricing import SEOUL, resource

INSTANCE = "rds/clusterInstance:ClusterInstance"
DATA = "shop:index:Data$"


def test_only_what_comes_goes_or_differs_has_a_row() -> None:
    before = [
        resource(INSTANCE, "db", above=DATA, instanceClass="db.r7g.large"),
        resource("kms/key:Key", "old", above=DATA),
        resource("eks/cluster:Cluster", "same"),
        resource("redshift/cluster:Cluster", "same"),
    ]
    after = [
        resource(INSTANCE, "db", above=DATA, instanceClass="db.r7g.xlarge"),
        resource(INSTANCE, "huge", above=DATA, instanceClass="db.x99.huge"),
        resource("ec2/natGateway:NatGateway", "new"),
        *before[2:],
    ]
    rows = compare(price(before, SEOUL), price(after, SEOUL))
    assert [(row.line.resource, row.line.item, row.difference) for row in rows] == [
        ("new", "1 x NAT gateway", Decimal("0.059") * 730),
        ("new", "data through it", Decimal("5.900")),
        ("old", "1 x key", Decimal(-1)),
        ("db", "1 x db.r7g.xlarge", Decimal("0.333") * 730),
        ("huge", "1 x db.x99.huge", None),
    ]


def test_components_have_their_sums_before_and_after() -> None:
    key = resource("kms/key:Key", above=DATA)
    cluster = resource("eks/cluster:Cluster")
    rows = compare_components(price([cluster], SEOUL), price([key, cluster], SEOUL))
    assert [(row.component, row.before.fixed, row.after.fixed) for row in rows] == [
        ("(no component)", 73, 73),
        ("Data", 0, 1),
    ]
