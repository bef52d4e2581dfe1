"""`data-port-source` on plain programs: every spelling of a rule, and who carries its source."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.data_port_source import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

GROUP, CLUSTER = "aws:ec2/securityGroup:SecurityGroup", "aws:eks/cluster:Cluster"
RULE_TYPE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

eks = resource(CLUSTER, "eks", {"name": "eks-1", "vpcConfig": {"clusterSecurityGroupId": UNKNOWN}})
idle = resource(GROUP, "idle", {"id": UNKNOWN})
data = resource(GROUP, "data", {"id": UNKNOWN})
store = resource(
    "aws:rds/cluster:Cluster", "store", {"vpcSecurityGroupIds": [UNKNOWN]}, {"vpcSecurityGroupIds": [data]}
)
managed = resource("aws:eks/nodeGroup:NodeGroup", "nodes", {"clusterName": "eks-1"}, {"clusterName": [eks]})


def rule(source: Resource | None, ports: tuple[Any, Any] = (5432, 5432), **props: Any) -> Resource:
    props = {
        "protocol": "tcp", "fromPort": ports[0], "toPort": ports[1], "type": "ingress",
        "securityGroupId": UNKNOWN, "sourceSecurityGroupId": UNKNOWN, **props,
    }  # fmt: skip
    edges = {"securityGroupId": [data]} | ({"sourceSecurityGroupId": [source]} if source else {})
    return resource(RULE_TYPE, "rule", props, edges)


def test_the_group_that_managed_nodes_carry_passes_and_another_fails_with_what_to_write() -> None:
    assert verdict(RULE, rule(eks), eks, managed, data, store) is Verdict.PASS
    found = findings(RULE, rule(idle), eks, managed, data, store, idle)["rule"]
    assert found.verdict is Verdict.FAIL
    for part in (
        "port 5432 of store", "'idle'", "the cluster security group that EKS makes for 'eks'",
        "time out", "cluster_security_group_id",
    ):  # fmt: skip
        assert part in found.text


def test_self_managed_nodes_carry_the_group_of_their_template_and_not_the_one_of_eks() -> None:
    own = resource(GROUP, "own", {"id": UNKNOWN})
    interfaces = [{"securityGroups": [UNKNOWN]}]
    template = resource(TEMPLATE, "t", {"networkInterfaces": interfaces}, {"networkInterfaces": [own]})
    assert verdict(RULE, rule(own), eks, own, template, data) is Verdict.PASS
    assert verdict(RULE, rule(eks), eks, own, template, data) is Verdict.FAIL


def test_groups_of_a_launch_template_stand_in_place_of_the_group_of_eks() -> None:
    own = resource(GROUP, "own", {"id": "sg-0own"})
    template = resource(TEMPLATE, "t", {"vpcSecurityGroupIds": ["sg-0own"]})
    nodes = resource(
        "aws:eks/nodeGroup:NodeGroup", "nodes", {"launchTemplate": {"id": UNKNOWN}}, {"launchTemplate": [template]}
    )  # fmt: skip
    stack = (eks, own, template, nodes, data)
    assert verdict(RULE, rule(own), *stack) is Verdict.PASS
    assert verdict(RULE, rule(eks), *stack) is Verdict.FAIL


def test_ids_count_once_they_are_known() -> None:
    known = resource(CLUSTER, "eks", {"name": "eks-1", "vpcConfig": {"clusterSecurityGroupId": "sg-0eks"}})
    nodes = resource("aws:eks/nodeGroup:NodeGroup", "nodes", {"clusterName": "eks-1"})
    stray = resource(GROUP, "stray", {"id": "sg-0stray"})
    stack = (known, nodes, stray, data, store)
    assert verdict(RULE, rule(None, sourceSecurityGroupId="sg-0eks"), *stack) is Verdict.PASS
    assert verdict(RULE, rule(None, sourceSecurityGroupId="sg-0stray"), *stack) is Verdict.FAIL
    assert verdict(RULE, rule(None, sourceSecurityGroupId="sg-0else"), *stack) is Verdict.UNKNOWN


def test_a_node_group_whose_cluster_is_hidden_is_one_of_the_only_cluster() -> None:
    hidden = resource("aws:eks/nodeGroup:NodeGroup", "nodes", {"clusterName": UNKNOWN})
    second = resource(CLUSTER, "second", {"vpcConfig": {"clusterSecurityGroupId": UNKNOWN}})
    assert verdict(RULE, rule(eks), eks, hidden, data, store) is Verdict.PASS
    assert verdict(RULE, rule(eks), eks, second, hidden, data, store) is Verdict.UNKNOWN


def test_a_managed_collector_carries_its_groups() -> None:
    own = resource(GROUP, "own", {"id": "sg-0own"})
    source = {"eks": {"clusterArn": UNKNOWN, "securityGroupIds": ["sg-0own"]}}
    collector = resource("aws:amp/scraper:Scraper", "metrics", {"source": source})
    assert verdict(RULE, rule(own), eks, managed, own, collector, data, store) is Verdict.PASS
    assert verdict(RULE, rule(own), eks, managed, own, data, store) is Verdict.FAIL


OPEN_QUESTIONS: dict[str, tuple[Resource, ...]] = {
    "nodes elsewhere": (),
    "nodes of a cluster elsewhere": (
        resource("aws:eks/nodeGroup:NodeGroup", "nodes", {"clusterName": "other"}),
    ),
    "a template elsewhere": (
        managed,
        resource("aws:eks/nodeGroup:NodeGroup", "more", {"launchTemplate": {"id": "lt-0123"}}),
    ),
    "Karpenter": (managed, resource("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "class", {"kind": "EC2NodeClass"})),
    "a Lambda alone": (resource("aws:lambda/function:Function", "rotation", {}),),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(OPEN_QUESTIONS))
def test_a_group_is_not_blamed_while_who_carries_it_is_not_known(case: str) -> None:
    assert verdict(RULE, rule(idle), *OPEN_QUESTIONS[case], eks, idle, data, store) is Verdict.UNKNOWN


def test_one_of_several_groups_is_undecided_and_all_of_them_are_not() -> None:
    either = resource(GROUP, "either", {"id": UNKNOWN})
    choice = resource(
        GROUP, "data",
        {"ingress": [{"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "securityGroups": [UNKNOWN]}]},
        {"ingress": [idle, eks]},
    )  # fmt: skip
    assert verdict(RULE, choice, idle, eks, managed) is Verdict.UNKNOWN
    wrong = resource(GROUP, "data", choice.props, {"ingress": [idle, either]})
    assert verdict(RULE, wrong, idle, either, eks, managed) is Verdict.FAIL
    both = [dict(choice.props["ingress"][0]), dict(choice.props["ingress"][0])]
    certain = resource(GROUP, "data", {"ingress": both}, {"ingress": [idle, eks]})
    assert verdict(RULE, certain, idle, eks, managed) is Verdict.FAIL


def test_unknown_ports_of_a_data_store_are_undecided_and_of_another_group_nothing() -> None:
    assert verdict(RULE, rule(eks, (UNKNOWN, UNKNOWN)), eks, managed, data, store) is Verdict.UNKNOWN
    assert verdict(RULE, rule(eks, (UNKNOWN, UNKNOWN)), eks, managed, data) is Verdict.NOT_APPLICABLE


def test_auto_mode_carries_the_group_of_eks_though_its_configuration_is_unknown() -> None:
    role = resource("aws:iam/role:Role", "role")
    auto = resource(CLUSTER, "auto", {"computeConfig": UNKNOWN}, {"computeConfig": [role]})
    assert verdict(RULE, rule(auto), auto, role, data, store) is Verdict.PASS


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_rules_of_any_shape_are_survived(nonsense: Any) -> None:
    keys = (
        "ingress",
        "fromPort",
        "toPort",
        "protocol",
        "securityGroupId",
        "cidrBlocks",
        "vpcSecurityGroupIds",
        "port",
    )
    shapes = [
        resource(type_, "r", dict.fromkeys(keys, nonsense))
        for type_ in (GROUP, RULE_TYPE, INGRESS_RULE, "aws:rds/cluster:Cluster", TEMPLATE)
    ]
    inline = resource(GROUP, "inline", {"ingress": [dict.fromkeys(keys, nonsense), nonsense]})
    for found in RULE.check(Graph([*shapes, inline])):
        assert "itself failed" not in found.text


BASE = """
import json
import pulumi, pulumi_aws as aws, pulumi_eks as eks, pulumi_kubernetes as k8s

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(zone, vpc_id=vpc.id, availability_zone="ap-northeast-2" + zone, cidr_block=f"10.0.{i}.0/24").id
           for i, zone in enumerate("ab")]
role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
cluster = eks.Cluster("eks", vpc_id=vpc.id, private_subnet_ids=subnets, skip_default_node_group=True,
                      authentication_mode=eks.AuthenticationMode.API)
nodes = eks.ManagedNodeGroup("nodes", cluster=cluster, cluster_name=cluster.eks_cluster.name, node_role_arn=role.arn,
                             subnet_ids=subnets)
carried = cluster.eks_cluster.vpc_config.cluster_security_group_id

def make(name, **options):
    return aws.ec2.SecurityGroup(name, vpc_id=vpc.id, **options)

def store(name, **options):
    group = make(name, **options)
    aws.rds.Cluster(name, engine="aurora-postgresql", engine_version="17.4", vpc_security_group_ids=[group.id],
                    port=6000 if name == "odd-port" else None)
    return group

def inline(*sources, ports=(5432, 5432), protocol="tcp", **rest):
    rule = {"protocol": protocol, "from_port": ports[0], "to_port": ports[1], **rest}
    return [rule | ({"security_groups": list(sources)} if sources else {})]

def classic(name, group, ports=(5432, 5432), **rest):
    return aws.ec2.SecurityGroupRule(name, type="ingress", protocol="tcp", from_port=ports[0], to_port=ports[1],
                                     security_group_id=group.id, **rest)

def modern(name, group, port=5432, **rest):
    return aws.vpc.SecurityGroupIngressRule(name, ip_protocol="tcp", from_port=port, to_port=port,
                                            security_group_id=group.id, **rest)

idle, jump, tasks, proxy, pods = make("idle"), make("jump"), make("tasks"), make("proxy"), make("pods")
aws.ec2.Instance("jump-host", ami="ami-0123", instance_type="t3.micro", vpc_security_group_ids=[jump.id], subnet_id=subnets[0])
aws.lambda_.Function("function", role=role.arn, runtime="python3.13", handler="main.handler", s3_bucket="b", s3_key="k",
                     vpc_config={"subnet_ids": subnets, "security_group_ids": [tasks.id]})
aws.rds.Proxy("proxy", engine_family="POSTGRESQL", role_arn=role.arn, vpc_subnet_ids=subnets,
              vpc_security_group_ids=[proxy.id], auths=[{"auth_scheme": "SECRETS", "secret_arn": role.arn}])
k8s.apiextensions.CustomResource("policy", api_version="vpcresources.k8s.aws/v1beta1", kind="SecurityGroupPolicy",
                                 spec={"securityGroups": {"groupIds": [pods.id]}})
plain = store("plain")
"""

WRONG = {
    "cidr": 'store("cidr", ingress=inline(cidr_blocks=[vpc.cidr_block]))',
    "world": 'classic("world", plain, cidr_blocks=["0.0.0.0/0"])',
    "world-6": 'modern("world-6", plain, cidr_ipv6="::/0")',
    "cidr-modern": 'modern("cidr-modern", plain, cidr_ipv4="10.0.0.0/16")',
    "node-group": 'store("node-group", ingress=inline(cluster.node_security_group_id))',
    "node-group-classic": 'classic("node-group-classic", plain, source_security_group_id=cluster.node_security_group_id)',
    "node-group-modern": (
        'modern("node-group-modern", plain, referenced_security_group_id=cluster.node_security_group.apply(lambda g: g.id))'
    ),
    "control-plane": 'modern("control-plane", plain, referenced_security_group_id=cluster.cluster_security_group_id)',
    "nobody": 'modern("nobody", plain, referenced_security_group_id=idle.id)',
    "apply": 'modern("apply", plain, referenced_security_group_id=pulumi.Output.all(idle.id).apply(lambda ids: ids[0]))',
    "one-of-two": 'store("one-of-two", ingress=inline(carried, idle.id))',
    "two-rules": 'store("two-rules", ingress=[*inline(carried), *inline(idle.id)])',
    "all-ports": 'store("all-ports", ingress=inline(carried, ports=(0, 0), protocol="-1"))',
    "wide": 'classic("wide", plain, (0, 65535), source_security_group_id=carried)',
    "odd-port": 'store("odd-port", ingress=inline(cidr_blocks=["10.0.0.0/16"], ports=(6000, 6000)))',
    "no-store": 'classic("no-store", make("no-store-group"), (6379, 6380), cidr_blocks=["10.0.0.0/8"])',
    "cache": 'modern("cache", make("cache-group"), 6379, referenced_security_group_id=idle.id)',
    "component": """
        class Rules(pulumi.ComponentResource):
            def __init__(self, source):
                super().__init__("their:index:Rules", "rules")
                aws.vpc.SecurityGroupIngressRule("component", ip_protocol="tcp", from_port=5432, to_port=5432,
                    security_group_id=plain.id, referenced_security_group_id=source, opts=pulumi.ResourceOptions(parent=self))
        Rules(idle.id)""",
}  # fmt: skip

RIGHT = {
    "managed": 'store("managed", ingress=inline(carried))',
    "managed-classic": 'classic("managed-classic", plain, source_security_group_id=carried)',
    "managed-modern": 'modern("managed-modern", plain, referenced_security_group_id=carried)',
    "itself": 'store("itself", ingress=inline(self=True))',
    "itself-named": 'modern("itself-named", plain, referenced_security_group_id=plain.id)',
    "instance": 'modern("instance", plain, referenced_security_group_id=jump.id)',
    "function": 'modern("function", plain, referenced_security_group_id=tasks.id)',
    "through-proxy": 'modern("through-proxy", plain, referenced_security_group_id=proxy.id)',
    "to-proxy": 'modern("to-proxy", proxy, referenced_security_group_id=carried)',
    "pods-own": 'modern("pods-own", plain, referenced_security_group_id=pods.id)',
    "https": 'modern("https", make("edge"), 443, cidr_ipv4="0.0.0.0/0")',
    "egress": (
        'aws.ec2.SecurityGroupRule("egress", type="egress", protocol="-1", from_port=0, to_port=0,'
        ' security_group_id=plain.id, cidr_blocks=["0.0.0.0/0"])'
    ),
    "kubelet": 'classic("kubelet", idle, (1025, 65535), source_security_group_id=cluster.cluster_security_group_id)',
    "other-cluster": """
        skipped = eks.Cluster("bare", vpc_id=vpc.id, private_subnet_ids=subnets, skip_default_node_group=True,
                              skip_default_security_groups=True, authentication_mode=eks.AuthenticationMode.API)
        eks.ManagedNodeGroup("bare-nodes", cluster=skipped, cluster_name=skipped.eks_cluster.name,
                             node_role_arn=role.arn, subnet_ids=subnets)
        modern("other-cluster", plain, referenced_security_group_id=skipped.node_security_group_id)""",
}

UNKNOWNS = {
    "prefix-list": 'modern("prefix-list", plain, prefix_list_id="pl-0123456789abcdef0")',
    "elsewhere": 'modern("elsewhere", plain, referenced_security_group_id="sg-0123456789abcdef0")',
    "store-elsewhere": (
        'aws.elasticache.ReplicationGroup("store-elsewhere", description="d", security_group_ids=["sg-0123456789abcdef0"])'
    ),
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
