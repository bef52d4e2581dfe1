"""`parameter-group` on plain programs."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.parameter_group import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

CLUSTER, MEMBER = "aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance"
GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"


def group(family: Any = "aurora-postgresql17", parameters: Any = None) -> Resource:
    return resource(GROUP, "group", {"name": "group-1", "family": family, "parameters": parameters})


def cluster(name: Any = "group-1", version: Any = "17.4", edge: Resource | None = None) -> Resource:
    props = {"engine": "aurora-postgresql", "engineVersion": version, "dbClusterParameterGroupName": name}
    return resource(CLUSTER, "db", props, {"dbClusterParameterGroupName": [edge]} if edge else {})


def test_the_default_group_fails_with_the_family_to_write() -> None:
    found = findings(RULE, cluster(UNKNOWN))["db"]
    assert found.verdict is Verdict.FAIL
    for part in ("AWS's default parameter group", "takes a reboot", "'aurora-postgresql17'"):
        assert part in found.text


def test_a_family_of_another_version_fails_with_both() -> None:
    found = findings(RULE, cluster(UNKNOWN, edge=group("aurora-postgresql16")), group("aurora-postgresql16"))[
        "db"
    ]
    assert found.verdict is Verdict.FAIL
    for part in ("'aurora-postgresql16'", "aurora-postgresql 17", "'aurora-postgresql17'"):
        assert part in found.text


@pytest.mark.parametrize(
    ("subject", "others"),
    [
        (cluster(UNKNOWN, edge=group(UNKNOWN)), (group(UNKNOWN),)),
        (cluster(version=UNKNOWN), (group(),)),
        (cluster("elsewhere"), (group(),)),
        (cluster(), (group(), resource(MEMBER, "m", {"clusterIdentifier": UNKNOWN}, {"clusterIdentifier": [group()]}))),
        (group(parameters=UNKNOWN), ()),
        (group(parameters=[{"name": UNKNOWN}]), ()),
        (group(parameters=[{"name": "max_connections", "applyMethod": UNKNOWN}]), ()),
    ],
    ids=["family", "version", "group", "instance", "parameters", "name", "apply method"],
)  # fmt: skip
def test_what_is_not_known_is_undecided(subject: Resource, others: tuple[Resource, ...]) -> None:
    assert verdict(RULE, subject, *others) is Verdict.UNKNOWN


def test_a_mistake_beside_an_unknown_is_still_a_mistake() -> None:
    mixed = group(parameters=[{"name": UNKNOWN}, {"name": "max_connections", "value": UNKNOWN}])
    assert verdict(RULE, mixed) is Verdict.FAIL


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    keys = (
        "engine",
        "engineVersion",
        "family",
        "parameters",
        "clusterIdentifier",
        "dbClusterParameterGroupName",
    )
    types = (CLUSTER, MEMBER, GROUP, "aws:rds/instance:Instance", "aws:rds/parameterGroup:ParameterGroup")
    odd = [resource(type_, f"all-{type_[-5:]}", dict.fromkeys(keys, nonsense)) for type_ in types]
    odd += [
        cluster(nonsense),
        cluster(version=nonsense),
        group(nonsense),
        group(parameters=[{"name": nonsense}]),
    ]
    assert not [found for found in RULE.check(Graph(odd)) if "itself failed" in found.text]


BASE = """
import pulumi, pulumi_aws as aws

def group(name, family="aurora-postgresql17", parameters=(), **rest):
    return aws.rds.ClusterParameterGroup(name, family=family, parameters=list(parameters), **rest)

def cluster(name, group=None, version="17.4", engine="aurora-postgresql", **rest):
    return aws.rds.Cluster(name, engine=engine, engine_version=version, master_username="owner",
                           manage_master_user_password=True, db_cluster_parameter_group_name=group, **rest)

def instance(name, group=None, **rest):
    return aws.rds.Instance(name, instance_class="db.r6g.large", parameter_group_name=group, **rest)

def member(name, cluster, group=None):
    return aws.rds.ClusterInstance(name, cluster_identifier=cluster.id, engine="aurora-postgresql",
                                   instance_class="db.r6g.large", db_parameter_group_name=group)

good = group("good", parameters=[{"name": "max_connections", "value": "500", "apply_method": "pending-reboot"}])
old = group("old", family="aurora-postgresql16")
single = aws.rds.ParameterGroup("single", family="postgres17")
dynamic = {"name": "log_min_duration_statement", "value": "1000"}
"""

WRONG = {
    "default": 'cluster("default")',
    "named-default": 'cluster("named-default", "default.aurora-postgresql17")',
    "default-behind-apply": 'cluster("default-behind-apply", good.name.apply(lambda _: "default.aurora-postgresql17"))',
    "old-family": 'cluster("old-family", old.name)',
    "old-family-by-id": 'cluster("old-family-by-id", old.id)',
    "static": 'group("static", parameters=[dynamic, {"name": "max_connections", "value": "500"}])',
    "instance": 'instance("instance", engine="postgres", engine_version="17.4")',
    "aurora-family": """
        aurora = aws.rds.ParameterGroup("aurora", family="aurora-postgresql17")
        instance("aurora-family", aurora.name, engine="postgres", engine_version="17.4")""",
    "member-family": """
        stale = aws.rds.ParameterGroup("stale", family="aurora-postgresql16")
        member("stale-member", cluster("member-family", good.name), stale.name)""",
    "inside": """
        class Their(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("their:index:Database", "their")
                aws.rds.Cluster("inside", engine="aurora-postgresql", engine_version="17.4",
                                opts=pulumi.ResourceOptions(parent=self))
        Their()""",
}
RIGHT = {
    "own": 'cluster("own", good.name)',
    "behind-apply": 'cluster("behind-apply", good.id.apply(lambda name: name.lower()))',
    "by-name": """
        aws.rds.ClusterParameterGroup("written", name="shop-17", family="aurora-postgresql17")
        cluster("by-name", "shop-17")""",
    "serverless": 'cluster("serverless", good.name, serverlessv2_scaling_configuration={"min_capacity": 0, "max_capacity": 2})',
    "member": 'member("member", cluster("with-member", good.name))',
    "multi-az": 'cluster("multi-az", group("plain", "postgres17").name, engine="postgres")',
    "mysql": 'cluster("mysql", version="8.0.mysql_aurora.3.08.0", engine="aurora-mysql")',
    "primary": 'primary = instance("primary", single.name, engine="postgres", engine_version="17.4")',
    "replica": 'instance("replica", replicate_source_db=primary.identifier)',
    "dynamic": 'group("dynamic", parameters=[dynamic])',
    "reboot": 'group("reboot", parameters=[{**dynamic, "apply_method": "pending-reboot"}])',
}
UNKNOWNS = {
    "elsewhere": 'cluster("elsewhere", "made-elsewhere")',
    "no-version": 'cluster("no-version", good.name, version=None)',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
