"""`single-vpc` on recorded resources: which property tells the VPC, at preview and when ids are known."""

from __future__ import annotations

import importlib
import inspect

import pytest

from incidents.graph import Resource
from incidents.rule import Finding, Verdict, each
from incidents.rules.single_vpc import RULE
from incidents.unknowns import UNKNOWN
from incidents.vpcs import DEFAULT_WITHOUT, PLACED_BY
from tests.policies.stacks import findings, resource, urn, verdict

VPC, SUBNET, GROUP = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/securityGroup:SecurityGroup"
SUBNET_GROUP, DATABASE = "aws:rds/subnetGroup:SubnetGroup", "aws:rds/instance:Instance"

home, other = resource(VPC, "home", {"id": UNKNOWN}), resource(VPC, "other", {"id": UNKNOWN})
at_home = resource(SUBNET, "at-home", {"vpcId": UNKNOWN}, {"vpcId": [home]})
elsewhere = resource(SUBNET, "elsewhere", {"vpcId": UNKNOWN}, {"vpcId": [other]})
cluster = resource(
    "aws:eks/cluster:Cluster", "cluster", {"vpcConfig": {"subnetIds": [UNKNOWN]}}, {"vpcConfig": [at_home]}
)
STACK = (home, other, at_home, elsewhere, cluster)


@pytest.mark.parametrize("type_", sorted(PLACED_BY))
def test_each_type_of_the_table_has_the_properties_that_are_said_to_place_it(type_: str) -> None:
    module, _, name = type_.removeprefix("aws:").partition("/")
    sdk = importlib.import_module("pulumi_aws" + {"lambda": ".lambda_"}.get(module, f".{module}"))
    parameters = inspect.signature(getattr(sdk, name.partition(":")[2])._internal_init).parameters
    known = {
        "".join(word if not i else word.title() for i, word in enumerate(key.split("_")))
        for key in parameters
    }
    assert {*PLACED_BY[type_], *DEFAULT_WITHOUT.get(type_, ())} <= known


def test_one_finding_names_both_vpcs_and_all_that_is_in_the_wrong_one() -> None:
    group = resource(SUBNET_GROUP, "group", {"subnetIds": [UNKNOWN]}, {"subnetIds": [elsewhere]})
    database = resource(
        DATABASE, "database", {"dbSubnetGroupName": "group-1"}, {"dbSubnetGroupName": [group]}
    )
    failed = [
        found for found in findings(RULE, *STACK, group, database).values() if found.verdict is Verdict.FAIL
    ]
    assert len(failed) == 1
    for part in ("'group'", "'database'", "VPC 'home'", "VPC 'other'", "Remedy"):
        assert part in failed[0].text


def test_a_mixed_list_fails_and_a_choice_among_two_vpcs_is_undecided() -> None:
    both = {"subnetIds": [at_home, elsewhere]}
    mixed = resource(SUBNET_GROUP, "mixed", {"subnetIds": [UNKNOWN, UNKNOWN]}, both)
    assert verdict(RULE, mixed, *STACK) is Verdict.FAIL
    chosen = resource(SUBNET_GROUP, "chosen", {"subnetIds": UNKNOWN}, both)
    assert verdict(RULE, chosen, *STACK) is Verdict.UNKNOWN


def test_known_ids_say_more_than_edges() -> None:
    known = resource(SUBNET, "known", {"id": "subnet-0abc", "vpcId": UNKNOWN}, {"vpcId": [home]})
    chosen = resource(
        SUBNET_GROUP, "chosen", {"subnetIds": ["subnet-0abc"]}, {"subnetIds": [known, elsewhere]}
    )
    assert verdict(RULE, chosen, known, *STACK) is Verdict.PASS


def test_what_aws_fills_in_is_no_claim_of_the_program() -> None:
    config = {"subnetIds": [UNKNOWN], "vpcId": "vpc-0computed", "clusterSecurityGroupId": "sg-0computed"}
    filled = resource("aws:eks/cluster:Cluster", "filled", {"vpcConfig": config}, {"vpcConfig": [at_home]})
    assert verdict(RULE, filled, *STACK) is Verdict.PASS


@pytest.mark.parametrize("value", [None, UNKNOWN, "default"])
def test_a_database_without_a_subnet_group_stands_in_the_default_vpc(value: object) -> None:
    database = resource(DATABASE, "database", {"dbSubnetGroupName": value})
    found = findings(RULE, database, *STACK)["database"]
    assert found.verdict is Verdict.FAIL
    assert "the region's default VPC" in found.text


def test_below_a_component_an_unknown_without_an_edge_is_undecided() -> None:
    component = urn("eks:index:ManagedNodeGroup", "nodes")
    nodes = resource("aws:eks/nodeGroup:NodeGroup", "nodes", {"subnetIds": UNKNOWN}, parent=component)
    found = findings(RULE, nodes, *STACK)["nodes"]
    assert found.verdict is Verdict.UNKNOWN
    assert "cluster_name=cluster.eks_cluster.name" in found.text


@pytest.mark.parametrize("name", ["group-made-elsewhere", "sg-0123"])
def test_a_name_or_an_id_from_elsewhere_is_undecided(name: str) -> None:
    prop = "vpcSecurityGroupIds" if name.startswith("sg-") else "dbSubnetGroupName"
    value = [name] if name.startswith("sg-") else name
    database = resource("aws:docdb/cluster:Cluster", "documents", {prop: value})
    assert verdict(RULE, database, *STACK) is Verdict.UNKNOWN


def test_a_written_name_finds_its_subnet_group() -> None:
    group = resource(
        SUBNET_GROUP, "group", {"name": "data", "subnetIds": [UNKNOWN]}, {"subnetIds": [elsewhere]}
    )
    database = resource(DATABASE, "database", {"dbSubnetGroupName": "data"})
    assert (
        "'database'"
        in findings(RULE, database, group, *STACK)["group" if group.urn < database.urn else "database"].text
    )


def test_parts_of_a_vpc_do_not_make_it_the_stacks_own() -> None:
    parts = [resource(SUBNET, f"part-{index}", {"vpcId": UNKNOWN}, {"vpcId": [other]}) for index in range(9)]
    group = resource(GROUP, "group", {"vpcId": UNKNOWN}, {"vpcId": [home]})
    assert all(found.verdict is Verdict.PASS for found in findings(RULE, home, other, group, *parts).values())


def test_a_component_stands_for_what_is_below_it() -> None:
    network = resource("their:index:Network", "network")
    inside = resource(VPC, "inside", {"id": UNKNOWN}, parent=network.urn)
    lost = resource(GROUP, "lost", {"vpcId": UNKNOWN}, {"vpcId": [network]})
    found = findings(RULE, lost, network, inside, *STACK)["lost"]
    assert found.verdict is Verdict.FAIL
    assert "VPC 'inside'" in found.text


def test_below_a_component_a_lost_edge_is_not_taken_for_the_default_vpc() -> None:
    component = urn("their:index:Database", "database")
    database = resource(DATABASE, "database", {"dbSubnetGroupName": UNKNOWN}, parent=component)
    assert verdict(RULE, database, *STACK) is Verdict.UNKNOWN


def test_each_region_has_its_own_vpc() -> None:
    def there(type_: str, name: str, vpc: Resource | None = None, region: str = "us-west-2") -> Resource:
        return resource(type_, name, {"region": region, "vpcId": UNKNOWN}, {"vpcId": [vpc]} if vpc else {})

    away, stray = there(VPC, "away"), there(VPC, "stray")
    groups = [there(GROUP, name, away) for name in ("first", "second")]
    lost = there(GROUP, "lost", stray)
    found = findings(RULE, *STACK, away, stray, lost, *groups)
    assert [name for name, finding in found.items() if finding.verdict is Verdict.FAIL] == ["lost"]
    assert "VPC 'away'" in found["lost"].text


def test_what_the_program_fills_in_must_be_followed_and_what_aws_fills_in_need_not() -> None:
    elsewhere_stack = resource("pulumi:pulumi:StackReference", "elsewhere")
    at_home_group = resource(SUBNET_GROUP, "group", {"subnetIds": [UNKNOWN]}, {"subnetIds": [at_home]})
    placed = {"dbSubnetGroupName": [at_home_group]}
    props = {"dbSubnetGroupName": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]}
    others = (*STACK, at_home_group, elsewhere_stack)
    assert verdict(RULE, resource(DATABASE, "db", props, placed), *others) is Verdict.PASS
    said = {**placed, "vpcSecurityGroupIds": [elsewhere_stack]}
    assert verdict(RULE, resource(DATABASE, "db", props, said), *others) is Verdict.UNKNOWN


def test_addresses_and_templates_without_groups_raise_no_question() -> None:
    address = resource("aws:ec2/eip:Eip", "address")
    rule = {"cidrBlocks": [UNKNOWN], "securityGroups": []}
    group = resource(
        GROUP, "g", {"vpcId": UNKNOWN, "ingress": [rule]}, {"vpcId": [home], "ingress": [address]}
    )
    assert verdict(RULE, group, *STACK, address) is Verdict.PASS
    template = resource("aws:ec2/launchTemplate:LaunchTemplate", "template")
    nodes = resource(
        "aws:eks/nodeGroup:NodeGroup", "nodes",
        {"clusterName": UNKNOWN, "launchTemplate": {"id": UNKNOWN}},
        {"clusterName": [cluster], "launchTemplate": [template]},
    )  # fmt: skip
    assert verdict(RULE, nodes, *STACK, template) is Verdict.PASS


def test_an_error_about_one_resource_names_it_and_leaves_the_others_judged() -> None:
    def judge(subject: Resource) -> Finding:
        if subject is home:
            raise KeyError("vpcId")
        return Finding(Verdict.PASS, subject.urn)

    failed, passed = each("some-rule", (home, other), judge)
    assert failed.verdict is Verdict.FAIL
    assert failed.urn == home.urn
    assert "some-rule" in failed.text
    assert home.urn in failed.text
    assert passed.verdict is Verdict.PASS
