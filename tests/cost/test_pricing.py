"""Resources in, lines out: what is billed, how much of it, what is unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from plinth.costs.pricing import Line, price, total
from plinth.preview import UNKNOWN, Resource

SEOUL = "ap-northeast-2"


def resource(
    type_: str, name: str = "it", *, above: str = "", edges: dict[str, list[str]] | None = None, **inputs: Any
) -> Resource:
    full = f"aws:{type_}"
    return Resource(f"urn:pulumi:prod::shop::{above}{full}::{name}", full, inputs, edges or {})


def items(lines: list[Line]) -> dict[str, Decimal | None]:
    return {line.item: line.monthly for line in lines}


def by_hour(usd: str, times: int = 1) -> Decimal:
    return Decimal(usd) * times * 730


SCALING = {"minSize": 3, "maxSize": 6}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (resource("eks/cluster:Cluster"), {"1 x control plane, standard support": by_hour("0.10")}),
        (
            resource("eks/nodeGroup:NodeGroup", instanceTypes=["m7g.large"], scalingConfig=SCALING, diskSize=50),
            {
                "3 to 6 x m7g.large, on-demand": by_hour("0.1003", 3),
                "3 to 6 x 50 GB gp3": Decimal("0.0912") * 150,
            },
        ),
        (
            resource(
                "eks/nodeGroup:NodeGroup",
                instanceTypes=["t3.large", "t3.xlarge"],
                capacityType="SPOT",
                scalingConfig={"minSize": "1", "maxSize": "1"},
            ),
            {
                "1 x t3.large, spot, counted as on-demand": by_hour("0.104"),
                "1 x 20 GB gp3": Decimal("0.0912") * 20,
            },
        ),
        (
            resource("ec2/natGateway:NatGateway"),
            {"1 x NAT gateway": by_hour("0.059"), "data through it": Decimal("5.900")},
        ),
        (resource("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway"), {}),
        (
            resource("amp/scraper:Scraper", region="us-east-1"),
            {"1 x managed collector": by_hour("0.04"), "samples read": Decimal("0.3")},
        ),
        (
            resource("amp/workspace:Workspace", region="us-east-1"),
            {
                "samples taken in": Decimal(9),
                "samples processed by queries": Decimal(1),
                "samples kept": Decimal("0.03"),
            },
        ),
        (
            resource("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface", subnetIds=[UNKNOWN, UNKNOWN]),
            {"2 x interface endpoint": by_hour("0.013", 2), "data through it": Decimal("0.10")},
        ),
        (
            resource("rds/cluster:Cluster", engine="aurora-postgresql"),
            {"storage": Decimal("12.00"), "I/O requests": Decimal("24.00")},
        ),
        (
            resource("rds/cluster:Cluster", engine="aurora-postgresql", storageType="aurora-iopt1"),
            {"storage, I/O-Optimized": Decimal("27.00")},
        ),
        (resource("rds/clusterInstance:ClusterInstance", instanceClass="db.r7g.large"), {"1 x db.r7g.large": by_hour("0.333")}),
        (
            resource("elasticache/replicationGroup:ReplicationGroup", engine="valkey", nodeType="cache.t4g.micro", numNodeGroups=2, replicasPerNodeGroup=1),
            {"4 x cache.t4g.micro, valkey": by_hour("0.0192", 4)},
        ),
        (resource("elasticache/cluster:Cluster", replicationGroupId=UNKNOWN, edges={"replicationGroupId": ["urn"]}), {}),
        (
            resource("lb/loadBalancer:LoadBalancer"),
            {"1 x application load balancer": by_hour("0.0225"), "LCU hours": by_hour("0.008")},
        ),
        (resource("kms/key:Key"), {"1 x key": Decimal(1)}),
        (resource("route53/zone:Zone"), {"1 x hosted zone": Decimal("0.50")}),
        (
            resource("cloudwatch/metricAlarm:MetricAlarm", metricQueries=[{"id": "m1", "metric": {}}, {"id": "m2", "metric": {}}, {"id": "e"}]),
            {"2 x alarm metric, standard": Decimal("0.20")},
        ),
        (resource("ec2/subnet:Subnet"), {}),
        (resource("iam/role:Role"), {}),
    ],
)  # fmt: skip
def test_what_a_resource_is_billed(given: Resource, wanted: dict[str, Decimal]) -> None:
    assert items(price([given], SEOUL)) == wanted


def test_what_scales_has_a_least_and_a_most() -> None:
    group = resource("eks/nodeGroup:NodeGroup", instanceTypes=["m7g.large"], scalingConfig=SCALING)
    nodes = next(line for line in price([group], SEOUL) if "m7g" in line.item)
    assert (nodes.monthly, nodes.at_most) == (by_hour("0.1003", 3), by_hour("0.1003", 6))


def test_a_serverless_instance_has_its_clusters_capacity() -> None:
    cluster = resource(
        "rds/cluster:Cluster",
        "db",
        engine="aurora-postgresql",
        serverlessv2ScalingConfiguration={"minCapacity": 0.5, "maxCapacity": 8},
    )
    one = resource(
        "rds/clusterInstance:ClusterInstance",
        instanceClass="db.serverless",
        clusterIdentifier=UNKNOWN,
        edges={"clusterIdentifier": [cluster.urn]},
    )
    line = next(line for line in price([cluster, one], SEOUL) if "ACU" in line.item)
    assert (line.item, line.monthly, line.at_most) == (
        "0.5 to 8 ACU",
        Decimal("0.5") * by_hour("0.20"),
        by_hour("0.20", 8),
    )


def test_the_disk_is_the_launch_templates() -> None:
    mapping = [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 80}}]
    template = resource("ec2/launchTemplate:LaunchTemplate", "lt", blockDeviceMappings=mapping)
    group = resource(
        "eks/nodeGroup:NodeGroup",
        instanceTypes=["m7g.large"],
        scalingConfig={"minSize": 1, "maxSize": 1},
        edges={"launchTemplate": [template.urn]},
    )
    assert "1 x 80 GB gp3" in items(price([template, group], SEOUL))


def karpenter(kind: str, name: str, **spec: Any) -> Resource:
    type_ = f"kubernetes:karpenter.sh/v1:{kind}"
    inputs = {"kind": kind, "metadata": {"name": name}, "spec": spec}
    return Resource(f"urn:pulumi:prod::shop::{type_}::{name}", type_, inputs)


def test_nodes_of_karpenter_are_a_supposition() -> None:
    types = {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m7g.large"]}
    template = {"spec": {"requirements": [types], "nodeClassRef": {"name": "general"}}}
    pool = karpenter("NodePool", "general", limits={"cpu": "10", "memory": "40Gi"}, template=template)
    disks = karpenter("EC2NodeClass", "general", blockDeviceMappings=[{"ebs": {"volumeSize": "50Gi"}}])
    lines = price([pool, disks], SEOUL)
    assert items(lines) == {
        "3 x m7g.large, counted as on-demand": by_hour("0.1003", 3),
        "3 x 50 GB gp3": Decimal("0.0912") * 150,
    }
    assert {line.assumption for line in lines} == {"half of the pool's 10 vCPU"}
    unbounded = price([karpenter("NodePool", "endless", template=template)], SEOUL)
    assert [line.monthly for line in unbounded] == [None]


@pytest.mark.parametrize(
    "given",
    [
        resource("redshift/cluster:Cluster", nodeType="ra3.large"),
        resource("rds/clusterInstance:ClusterInstance", instanceClass="db.x99.huge"),
        resource("rds/cluster:Cluster", engine="postgres"),
        resource("kms/key:Key", region="mars-north-1"),
    ],
)
def test_what_has_no_price_is_unknown_and_never_free(given: Resource) -> None:
    lines = price([given], SEOUL)
    assert [line.monthly for line in lines] == [None]
    assert (total(lines).fixed, total(lines).unpriced) == (0, 1)


def test_a_resource_is_priced_where_it_is() -> None:
    """In its own region, else its provider's, else the stack's; CloudFront's and Route 53's are listed in us-east-1."""
    provider = Resource(
        "urn:pulumi:prod::shop::pulumi:providers:aws::ireland",
        "pulumi:providers:aws",
        {"region": "eu-west-1"},
    )
    own = resource("ec2/natGateway:NatGateway", "a", region="us-east-1")
    placed = Resource(own.urn.replace("::a", "::b"), own.type, {"region": UNKNOWN}, provider=provider.urn)
    unsaid = resource("ec2/natGateway:NatGateway", "c")
    hours = {
        line.resource: line.monthly for line in price([provider, own, placed, unsaid], SEOUL) if not line.assumption
    }  # fmt: skip
    assert hours == {"a": by_hour("0.045"), "b": by_hour("0.048"), "c": by_hour("0.059")}


def test_components_and_other_clouds_have_no_line() -> None:
    grouping = Resource("urn:pulumi:prod::shop::shop:index:Web::web", "shop:index:Web", custom=False)
    job = Resource("urn:pulumi:prod::shop::kubernetes:batch/v1:Job::job", "kubernetes:batch/v1:Job")
    assert price([grouping, job], SEOUL) == []


def test_lines_are_grouped_by_the_outermost_component() -> None:
    above = "shop:index:Data$shop:index:Keys$"
    lines = price([resource("kms/key:Key", above=above), resource("kms/key:Key", "other")], SEOUL)
    assert [line.component for line in lines] == ["(no component)", "Data"]


def test_use_is_no_part_of_the_fixed_sum() -> None:
    sums = total(price([resource("ec2/natGateway:NatGateway")], SEOUL))
    assert (sums.fixed, sums.usage) == (by_hour("0.059"), Decimal("5.900"))
