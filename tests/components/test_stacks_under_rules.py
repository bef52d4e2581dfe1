"""Mutations of the clean stack: each fact that a rule turns on is changed, and the rule must notice.

The stack is this project's own, brought up by the engine and read back as `plinth audit` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from incidents.graph import Graph, Resource
from incidents.judgement import judge, judge_stack
from incidents.recorded import of_state
from incidents.rule import Finding, Rule, Verdict
from incidents.rules import RULES
from incidents.unknowns import UNKNOWN
from tests.components.conftest import Stack

BY_ID = {rule.id: rule for rule in RULES}
EDGES_ARE_ENOUGH = {
    "admin-ports-closed": "a rule without a CIDR lets in a group",
    "alarms": "an alarm's edge leads to what it watches",
    "database-credentials": "an unknown with an edge is a reference, never a text that was written out",
    "tags": "the provider's default tags are on it, whatever its own are",
}
"""Rules that pass a resource of which nothing but edges is known, and why that is right."""

FACTS = [
    ("cache-availability", "ReplicationGroup", ("automaticFailoverEnabled", "multiAzEnabled")),
    ("cache-tls", "ReplicationGroup", ("atRestEncryptionEnabled", "authToken", "transitEncryptionEnabled")),
    ("cdn-kms-decrypt", "Distribution", ("arn", "defaultCacheBehavior", "origins")),
    ("cdn-origin-access", "Distribution", ("arn", "origins")),
    ("connection-budget", "rds/cluster:Cluster", ("engine",)),
    ("data-port-source", "SecurityGroupIngressRule", ("fromPort", "ipProtocol", "toPort")),
    (
        "database-protection", "rds/cluster:Cluster",
        ("backupRetentionPeriod", "deletionProtection", "finalSnapshotIdentifier", "storageEncrypted"),
    ),
    ("database-tls", "rds/cluster:Cluster", ("engine",)),
    ("dns-alias", "Record", ("aliases", "name")),
    ("https-redirect", "Distribution", ("defaultCacheBehavior",)),
    ("job-immutability", "Job", ("metadata", "spec")),
    ("log-retention", "LogGroup", ("retentionInDays",)),
    ("parameter-group", "rds/cluster:Cluster", ("dbClusterParameterGroupName", "engineVersion")),
    ("parameter-group", "ClusterParameterGroup", ("family", "parameters")),
    ("rate-limit", "Distribution", ("webAclId",)),
    ("single-vpc", "securityGroup:SecurityGroup", ("vpcId",)),
    ("statement-timeouts", "rds/cluster:Cluster", ("dbClusterParameterGroupName", "engine")),
    ("two-zones", "SubnetGroup", ("subnetIds",)),
    ("two-zones", "ClusterInstance", ("publiclyAccessible",)),
]  # fmt: skip
"""Rule, end of the type of what it passes on prod, and the properties that each can turn the verdict."""


@pytest.fixture(scope="module")
def resources(stack: Stack) -> Sequence[Resource]:
    return of_state({"deployment": {"resources": stack.resources}})


@pytest.mark.engine
def test_the_state_of_our_own_stacks_has_no_finding(
    stack: Stack, resources: Sequence[Resource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_STACK", stack.name)
    rules = [rule for rule in RULES if stack.name == "prod" or not rule.prod_only]
    assert judge_stack(Graph(resources), rules).to_json()["findings"] == []


@pytest.mark.engine
def test_each_fact_turns_the_verdict(resources: Sequence[Resource]) -> None:
    survived = [
        f"{rule_id}: {subject} whatever its {fact}"
        for rule_id, type_, facts in FACTS
        for subject in passed(BY_ID[rule_id], resources, type_)[:1]
        for fact in facts
        if all(Verdict.PASS in verdicts(BY_ID[rule_id], resources, item) for item in mutants(subject, fact))
    ]
    assert survived == [], survived


@pytest.mark.engine
def test_what_is_all_unknown_never_passes(resources: Sequence[Resource]) -> None:
    for rule in RULES:
        for subject in passed(rule, resources)[:12]:
            edges = dict.fromkeys(subject.props, (subject.urn,))
            blank = replace(subject, props=dict.fromkeys(subject.props, UNKNOWN), edges=edges)
            if Verdict.PASS in verdicts(rule, resources, blank):
                assert rule.id in EDGES_ARE_ENOUGH, f"{rule.id} passes {subject} and knows nothing of it"


def mutants(subject: Resource, fact: str) -> list[Resource]:
    """The resource without the fact, with one that is not known, and with the opposite."""
    props = {key: value for key, value in subject.props.items() if key != fact}
    edges = {key: urns for key, urns in subject.edges.items() if key != fact}
    opposite = [{**props, fact: not subject.props[fact]}] if isinstance(subject.props[fact], bool) else []
    unknown = replace(subject, props={**props, fact: UNKNOWN}, edges={**edges, fact: (subject.urn,)})
    return [unknown, *(replace(subject, props=changed, edges=edges) for changed in (props, *opposite))]


def passed(rule: Rule, resources: Sequence[Resource], type_: str = "") -> list[Resource]:
    """What the rule passes, of a type that ends with `type_`."""
    found = {item.urn for item in judge(rule, Graph(resources)) if item.verdict is Verdict.PASS}
    return [item for item in resources if item.urn in found and item.type.endswith(type_)]


def verdicts(rule: Rule, resources: Sequence[Resource], mutant: Resource) -> list[Verdict]:
    """What the rule says of `mutant` in its twin's place."""
    findings: list[Finding] = judge(
        rule, Graph(mutant if item.urn == mutant.urn else item for item in resources)
    )
    return [finding.verdict for finding in findings if finding.urn == mutant.urn]
