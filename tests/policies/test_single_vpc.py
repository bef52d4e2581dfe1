"""`single-vpc` on the real engine, on programs that know nothing of our components."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import pytest

from tests.conftest import ROOT, Result

pytestmark = pytest.mark.engine

BASE = """
import json
import pulumi, pulumi_aws as aws, pulumi_eks as eks

def network(name, cidr):
    vpc = aws.ec2.Vpc(name, cidr_block=f"{cidr}.0.0/16")
    subnets = [aws.ec2.Subnet(f"{name}-{zone}", vpc_id=vpc.id, availability_zone=f"ap-northeast-2{zone}",
                              cidr_block=f"{cidr}.{index}.0/24") for index, zone in enumerate("ab")]
    group = aws.ec2.SecurityGroup(f"{name}-group", vpc_id=vpc.id) if name == "home" else None
    return vpc, subnets, group

home, home_subnets, home_group = network("home", "10.0")
role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
cluster = aws.eks.Cluster("cluster", role_arn=role.arn, vpc_config={
    "subnet_ids": [subnet.id for subnet in home_subnets], "security_group_ids": [home_group.id]})
nodes = aws.eks.NodeGroup("nodes", cluster_name=cluster.name, node_role_arn=role.arn,
                          subnet_ids=[subnet.id for subnet in home_subnets],
                          scaling_config={"desired_size": 1, "max_size": 1, "min_size": 1})
data = aws.rds.SubnetGroup("data", subnet_ids=[subnet.id for subnet in home_subnets])
"""
SECOND = 'other, other_subnets, _ = network("other", "10.1")\n'

BROKEN = {
    "node group": """
        aws.eks.NodeGroup("lost", cluster_name=cluster.name, node_role_arn=role.arn,
            subnet_ids=[subnet.id for subnet in other_subnets],
            scaling_config={"desired_size": 1, "max_size": 1, "min_size": 1})""",
    "cluster": """
        aws.eks.Cluster("lost", role_arn=role.arn, vpc_config={"subnet_ids": [subnet.id for subnet in other_subnets]})""",
    "database subnet group behind apply": """
        ids = pulumi.Output.all(*[subnet.id for subnet in other_subnets]).apply(lambda ids: sorted(ids))
        aws.rds.SubnetGroup("lost", subnet_ids=ids)""",
    "cache subnet group": """
        aws.elasticache.SubnetGroup("lost", subnet_ids=[subnet.id for subnet in other_subnets])""",
    "security group": """
        aws.ec2.SecurityGroup("lost", vpc_id=other.id)""",
    "peer of a rule": """
        stranger = aws.ec2.SecurityGroup("lost", vpc_id=other.id)
        aws.vpc.SecurityGroupIngressRule("rule", security_group_id=home_group.id, ip_protocol="tcp",
            from_port=8080, to_port=8080, referenced_security_group_id=stranger.id)""",
    "peer of an inline rule": """
        stranger = aws.ec2.SecurityGroup("lost", vpc_id=other.id)
        aws.ec2.SecurityGroup("database", vpc_id=home.id, ingress=[{"protocol": "tcp", "from_port": 8080,
            "to_port": 8080, "security_groups": [stranger.id]}])""",
    "load balancer": """
        aws.lb.LoadBalancer("lost", subnets=[subnet.id for subnet in other_subnets])""",
    "target group": """
        aws.lb.TargetGroup("lost", port=80, protocol="HTTP", target_type="ip", vpc_id=other.id)""",
    "endpoint": """
        aws.ec2.VpcEndpoint("lost", vpc_id=other.id, service_name="com.amazonaws.ap-northeast-2.s3")""",
    "component": """
        class Database(pulumi.ComponentResource):
            def __init__(self, name, vpc_id):
                super().__init__("their:index:Database", name)
                self.group = aws.ec2.SecurityGroup("lost", vpc_id=vpc_id, opts=pulumi.ResourceOptions(parent=self))
        class Their(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("their:index:Network", "their")
                self.vpc = aws.ec2.Vpc("other-inside", cidr_block="10.2.0.0/16", opts=pulumi.ResourceOptions(parent=self))
                self.vpc_id = self.vpc.id
        Database("database", Their().vpc_id)""",
}


def about_vpcs(result: Result) -> list[dict[str, Any]]:
    """What the pack said of VPCs: other rules find their own mistakes in these programs."""
    return [
        found
        for found in result.violations
        if found["policyName"] == "single-vpc"
        or (found["policyName"] == "undecided" and "single-vpc: " in found["message"])
    ]


@pytest.mark.parametrize("case", sorted(BROKEN))
def test_a_resource_in_a_second_vpc_fails_the_preview_with_one_error(make_rehearsal, case):
    rehearsal = make_rehearsal(BASE + SECOND + textwrap.dedent(BROKEN[case]))
    result = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), expect_exit=1)
    (violation,) = about_vpcs(result)
    assert violation["policyName"] == "single-vpc"
    assert "'lost'" in violation["message"]
    assert "VPC 'home'" in violation["message"]
    assert "VPC 'other" in violation["message"]
    assert "Remedy" in violation["message"]


BENIGN = {
    "one VPC": "",
    "a second VPC with nothing in it": SECOND,
    "peering": SECOND + 'aws.ec2.VpcPeeringConnection("peer", vpc_id=home.id, peer_vpc_id=other.id)',
    "a second region": """
away = aws.Provider("away", region="us-west-2")
for options in ({"opts": pulumi.ResourceOptions(provider=away)}, {"region": "eu-west-1"}):
    name = f"replica-{len(options.get('region', ''))}"
    vpc = aws.ec2.Vpc(name, cidr_block="10.2.0.0/16", **options)
    aws.ec2.SecurityGroup(name, vpc_id=vpc.id, **options)
""",
    "two groups that name each other": """
first = aws.ec2.SecurityGroup("first", vpc_id=home.id)
second = aws.ec2.SecurityGroup("second", vpc_id=home.id)
for one, two in ((first, second), (second, first)):
    aws.ec2.SecurityGroupRule(f"rule-{one._name}", type="ingress", protocol="tcp", from_port=1, to_port=2,
                              security_group_id=one.id, source_security_group_id=two.id)
""",
    "a function outside any VPC": """
aws.lambda_.Function("function", role=role.arn, runtime="python3.13", handler="main.handler", s3_bucket="b", s3_key="k")
""",
}


@pytest.mark.parametrize("case", sorted(BENIGN))
def test_what_stands_in_one_vpc_is_not_flagged(make_rehearsal, case):
    result = make_rehearsal(BASE + BENIGN[case])(
        "preview", "--policy-pack", str(ROOT / "policies"), expect_exit=None
    )
    assert about_vpcs(result) == []


def test_ids_that_are_written_out_count_once_they_are_known(make_rehearsal):
    rehearsal = make_rehearsal(BASE)
    rehearsal("up")
    known = {item["urn"].rpartition("::")[2]: item["id"] for item in rehearsal.state() if "id" in item}
    added = f"""
aws.rds.SubnetGroup("fine", subnet_ids=["{known["home-a"]}", "{known["home-b"]}"])
aws.ec2.SecurityGroup("lost", vpc_id="vpc-0123456789abcdef0")
"""
    rehearsal.write(BASE + added)
    result = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), expect_exit=1)
    (violation,) = about_vpcs(result)
    assert "'lost': in VPC vpc-0123456789abcdef0 (not of this stack)" in violation["message"].replace(
        "aws:ec2/securityGroup:SecurityGroup ", ""
    )


def test_a_vpc_that_was_looked_up_is_another_one(make_rehearsal):
    first = make_rehearsal(
        'import pulumi_aws as aws\naws.ec2.Vpc("shared", cidr_block="10.9.0.0/16", tags={"Name": "shared"})'
    )
    first("up")
    first.write(
        BASE
        + """
shared = aws.ec2.Vpc("shared", cidr_block="10.9.0.0/16", tags={"Name": "shared"})
looked_up = aws.ec2.get_vpc(tags={"Name": "shared"})
aws.ec2.SecurityGroup("lost", vpc_id=looked_up.id)
"""
    )
    result = first("preview", "--policy-pack", str(ROOT / "policies"), expect_exit=1)
    (violation,) = about_vpcs(result)
    assert "'lost': in VPC 'shared'" in violation["message"]


def test_what_a_remote_component_hides_is_undecided_and_fails_in_strict_mode(make_rehearsal, tmp_path):
    hidden = (
        BASE.replace("nodes = aws.eks.NodeGroup", "unused = lambda *_, **__: None\nnodes = unused")
        .replace("cluster = aws.eks.Cluster(", "plain = aws.eks.Cluster(")
        .replace("cluster_name=cluster.name", "cluster_name=plain.name")
    )
    hidden += """
remote = eks.Cluster("remote", vpc_id=home.id, private_subnet_ids=[subnet.id for subnet in home_subnets],
                     skip_default_node_group=True, authentication_mode=eks.AuthenticationMode.API)
eks.ManagedNodeGroup("hidden", cluster=remote, node_role_arn=role.arn)
eks.ManagedNodeGroup("said", cluster=remote, cluster_name=remote.eks_cluster.name, node_role_arn=role.arn,
                     subnet_ids=[subnet.id for subnet in home_subnets])
"""
    rehearsal = make_rehearsal(hidden)
    advice = {"all": "advisory"}
    levels = tmp_path / "levels.json"
    flags = ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(levels))
    levels.write_text(json.dumps(advice))
    (violation,) = about_vpcs(rehearsal("preview", *flags))
    assert violation["policyName"] == "undecided"
    assert violation["resourceUrn"].endswith("::hidden")
    assert "cluster_name=cluster.eks_cluster.name" in violation["message"]

    levels.write_text(json.dumps(advice | {"undecided": "mandatory"}))
    rehearsal("preview", *flags, expect_exit=1)
