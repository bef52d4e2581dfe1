"""`statement-timeouts` on plain programs."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Resource
from incidents.rule import Verdict
from incidents.rules.statement_timeouts import RULE, TIMEOUTS
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource

SET = [{"name": name, "value": value} for name, value in TIMEOUTS.items()]


def judged(parameters: Any) -> Any:
    group = resource(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup", "group",
        {"name": "group-1", "family": "aurora-postgresql17", "parameters": parameters},
    )  # fmt: skip
    props = {"engine": "aurora-postgresql", "dbClusterParameterGroupName": "group-1"}
    cluster: Resource = resource("aws:rds/cluster:Cluster", "db", props)
    return findings(RULE, cluster, group)["db"]


@pytest.mark.parametrize("name", sorted(TIMEOUTS))
def test_each_timeout_must_be_set_and_not_0(name: str) -> None:
    assert judged(SET).verdict is Verdict.PASS
    others = [item for item in SET if item["name"] != name]
    for broken in (others, [*others, {"name": name, "value": "0"}], [*others, {"name": name, "value": None}]):
        found = judged(broken)
        assert found.verdict is Verdict.FAIL
        assert f"{name} is" in found.text
        assert "locks for ever" in found.text
    for unknown in ([*others, {"name": name, "value": UNKNOWN}], [*others, {"name": UNKNOWN}]):
        assert judged(unknown).verdict is Verdict.UNKNOWN


def test_a_missing_timeout_beside_an_unknown_one_still_fails() -> None:
    found = judged([{**SET[0], "value": UNKNOWN}, SET[1]])
    assert found.verdict is Verdict.FAIL
    assert "lock_timeout is not set" in found.text


BASE = f"""
import pulumi_aws as aws

TIMEOUTS = {TIMEOUTS!r}

def said(**changes):
    return [{{"name": name, "value": value}} for name, value in (TIMEOUTS | changes).items() if value is not None]

def cluster(name, parameters=None, **rest):
    group = aws.rds.ClusterParameterGroup(f"{{name}}-group", family="aurora-postgresql17", parameters=parameters or [])
    return aws.rds.Cluster(name, engine="aurora-postgresql", engine_version="17.4",
                           db_cluster_parameter_group_name=group.name, **rest)

def member(name, cluster, parameters=None):
    group = aws.rds.ParameterGroup(f"{{name}}-group", family="aurora-postgresql17", parameters=parameters or [])
    aws.rds.ClusterInstance(name, cluster_identifier=cluster.id, engine="aurora-postgresql",
                            instance_class="db.r6g.large", db_parameter_group_name=group.name)

def instance(name, parameters=None):
    group = aws.rds.ParameterGroup(f"{{name}}-group", family="postgres17", parameters=parameters or [])
    aws.rds.Instance(name, engine="postgres", engine_version="17.4", instance_class="db.r6g.large",
                     parameter_group_name=group.name)
"""
WRONG = {
    "none": 'cluster("none")',
    "default-group": 'aws.rds.Cluster("default-group", engine="aurora-postgresql", engine_version="17.4")',
    "one-missing": 'cluster("one-missing", said(lock_timeout=None))',
    "zero": 'cluster("zero", said(statement_timeout="0"))',
    "zero-in-instance": 'member("zero-member", cluster("zero-in-instance", said()), said(statement_timeout="0"))',
    "one-instance": """
        half = cluster("one-instance")
        member("with", half, said())
        member("without", half)""",
    "instance": 'instance("instance", said(idle_in_transaction_session_timeout="0"))',
}
RIGHT = {
    "set": 'cluster("set", said())',
    "in-instances": 'member("in-instances-member", cluster("in-instances"), said())',
    "split": 'member("split-member", cluster("split", said(lock_timeout=None)), [{"name": "lock_timeout", "value": "5000"}])',
    "serverless": (
        'cluster("serverless", said(), serverlessv2_scaling_configuration={"min_capacity": 0.5, "max_capacity": 8})'
    ),
    "alone": 'instance("alone", said())',
    "mysql": 'aws.rds.Cluster("mysql", engine="aurora-mysql")',
}
UNKNOWNS = {
    "elsewhere": (
        'aws.rds.Cluster("elsewhere", engine="aurora-postgresql", db_cluster_parameter_group_name="made-elsewhere")'
    ),
    "value": 'cluster("value", said(lock_timeout=aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16").id))',
}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
