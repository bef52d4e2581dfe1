"""Karpenter in place of a group of spot nodes: production with two services, brought up once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aws_facts.node_capacity import Load
from aws_facts.quantities import mebibytes, millicores
from plinth.costs.pricing import price
from plinth.preview import Resource
from settings.capacity import KARPENTER_PODS
from tests.components.conftest import change, copy_project, strict_pack
from tests.components.small_program import Program

pytestmark = pytest.mark.engine

NAME = "plinth-prod"
POOL, NODE_CLASS = "kubernetes:karpenter.sh/v1:NodePool", "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
ROLE_POLICY, RELEASE = "aws:iam/rolePolicy:RolePolicy", "kubernetes:helm.sh/v3:Release"

POOLS = {
    "flexible": {
        "capacity": "both",
        "instance_types": ["m6i.large", "m6i.xlarge"],
        "cpu_limit": 32,
        "memory_limit_gib": 128,
    },
    "batch": {
        "capacity": "spot",
        "arch": "arm64",
        "instance_types": ["m7g.large"],
        "cpu_limit": 8,
        "memory_limit_gib": 32,
        "disk_gib": 80,
        "labels": {"team": "batch"},
        "taints": [{"key": "only", "value": "batch"}],
    },
}
UNNEEDED = ("database", "cache", "dns", "content", "ingress", "alarms", "registry")


def with_karpenter(config: dict[str, Any]) -> None:
    for section in UNNEEDED:
        del config[f"plinth:{section}"]
    cluster, services = config["plinth:cluster"], config["plinth:services"]
    del cluster["node_groups"]["spot"]
    cluster["karpenter"] = {"node_pools": POOLS}
    shop = {
        key: services["banner-service"][key] for key in ("image", "port", "replicas", "requests", "health")
    }
    config["plinth:services"] = {
        "steady": shop | {"capacity": "on-demand"},
        "cheap": shop | {"capacity": "spot"},
    }


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    rehearsal = copy_project(tmp_path_factory.mktemp("karpenter"))
    change(rehearsal, "prod", with_karpenter)
    preview = rehearsal("preview", *strict_pack(rehearsal), stack="prod")
    up = rehearsal("up", stack="prod")
    return Program(rehearsal, preview, up, rehearsal.state("prod"), {})


def inputs(program: Program, type_: str, name: str) -> dict[str, Any]:
    return program.of_type(type_)[f"{NAME}-{name}"]["inputs"]


def test_strict_rules_have_no_finding(program: Program) -> None:
    assert program.preview.violations == []
    assert "warning" not in program.preview.output.lower()


def test_pools_are_bounded_and_spell_capacity_as_karpenter_does(program: Program) -> None:
    flexible, batch = (inputs(program, POOL, label)["spec"] for label in POOLS)
    assert flexible["limits"] == {"cpu": "32", "memory": "128Gi"}
    assert wanted(flexible) == {
        "kubernetes.io/arch": ["amd64"],
        "kubernetes.io/os": ["linux"],
        "karpenter.sh/capacity-type": ["on-demand", "spot"],
        "node.kubernetes.io/instance-type": ["m6i.large", "m6i.xlarge"],
    }
    assert (wanted(batch)["karpenter.sh/capacity-type"], wanted(batch)["kubernetes.io/arch"]) == (
        ["spot"],
        ["arm64"],
    )
    template = batch["template"]
    assert template["spec"]["taints"] == [{"key": "only", "value": "batch", "effect": "NoSchedule"}]
    assert template["metadata"]["labels"] == {"team": "batch"}
    for pool in (flexible, batch):
        assert pool["disruption"]["consolidationPolicy"] == "WhenEmptyOrUnderutilized"
        assert pool["disruption"]["budgets"]
        assert pool["template"]["spec"]["expireAfter"] == "720h"


def wanted(pool: dict[str, Any]) -> dict[str, list[str]]:
    return {item["key"]: item["values"] for item in pool["template"]["spec"]["requirements"]}


def test_nodes_are_pinned_private_encrypted_and_closed_to_their_pods(program: Program) -> None:
    subnets = {
        item["id"] for name, item in program.of_type("aws:ec2/subnet:Subnet").items() if "-private-" in name
    }
    cluster = program.only("aws:eks/cluster:Cluster")["outputs"]["vpcConfig"]
    for label in POOLS:
        spec = inputs(program, NODE_CLASS, f"{label}-class")["spec"]
        assert spec["amiSelectorTerms"] == [{"alias": "al2023@v20260714"}]
        assert {term["id"] for term in spec["subnetSelectorTerms"]} == subnets
        assert spec["securityGroupSelectorTerms"] == [{"id": cluster["clusterSecurityGroupId"]}]
        assert (
            spec["metadataOptions"]["httpTokens"],
            spec["metadataOptions"]["httpPutResponseHopLimit"],
        ) == ("required", 1)
        assert spec["blockDeviceMappings"][0]["ebs"]["encrypted"] is True
        assert spec["kubelet"] == {"maxPods": 110}
        assert spec["tags"]["owner"] == "platform@example.com"
    assert (
        inputs(program, NODE_CLASS, "batch-class")["spec"]["blockDeviceMappings"][0]["ebs"]["volumeSize"]
        == "80Gi"
    )


def test_nodes_join_by_an_access_entry_with_a_role_of_their_own(program: Program) -> None:
    role = program.of_type("aws:iam/role:Role")[f"{NAME}-karpenter-node"]["outputs"]
    entry = inputs(program, "aws:eks/accessEntry:AccessEntry", "karpenter-node")
    assert (entry["type"], entry["principalArn"]) == ("EC2_LINUX", role["arn"])
    profile = program.only("aws:iam/instanceProfile:InstanceProfile")["inputs"]
    assert profile["role"] == role["name"]


def test_the_controller_may_write_nothing_but_nodes_of_its_cluster(program: Program) -> None:
    statements = json.loads(inputs(program, ROLE_POLICY, "karpenter")["policy"])["Statement"]
    by_name = {statement["Sid"]: statement for statement in statements}
    for name in ("StartFromTemplate", "Start", "TagWhatStarts", "TagNodes", "Delete"):
        assert f"kubernetes.io/cluster/{NAME}" in json.dumps(by_name[name]["Condition"]["StringEquals"])
    everywhere = {name for name, statement in by_name.items() if statement["Resource"] == "*"}
    assert everywhere == {"ReadEc2", "ReadPrices"}
    node_role = program.of_type("aws:iam/role:Role")[f"{NAME}-karpenter-node"]["outputs"]["arn"]
    assert by_name["PassNodeRole"]["Resource"] == node_role
    assert by_name["ReadInterruptions"]["Resource"] == program.only("aws:sqs/queue:Queue")["outputs"]["arn"]


def test_interruptions_reach_the_controller_over_tls_alone(program: Program) -> None:
    queue = program.only("aws:sqs/queue:Queue")["outputs"]
    rules = program.of_type("aws:cloudwatch/eventRule:EventRule")
    targets = program.of_type("aws:cloudwatch/eventTarget:EventTarget")
    assert sorted(
        json.loads(rule["inputs"]["eventPattern"])["detail-type"][0] for rule in rules.values()
    ) == [
        "AWS Health Event",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    ]
    assert {target["inputs"]["rule"] for target in targets.values()} == {
        rule["outputs"]["name"] for rule in rules.values()
    }
    assert {target["inputs"]["arn"] for target in targets.values()} == {queue["arn"]}
    deny, allow = json.loads(program.only("aws:sqs/queuePolicy:QueuePolicy")["inputs"]["policy"])["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert set(allow["Condition"]["ArnEquals"]["aws:SourceArn"]) == {
        rule["outputs"]["arn"] for rule in rules.values()
    }
    values = inputs(program, RELEASE, "karpenter")["values"]
    assert values["settings"]["interruptionQueue"] == queue["name"]


def test_the_budget_keeps_what_the_controllers_request(program: Program) -> None:
    values = inputs(program, RELEASE, "karpenter")["values"]
    asked = values["controller"]["resources"]["requests"]
    each = Load(1, millicores(asked["cpu"]), mebibytes(asked["memory"]))
    assert each.times(values["replicas"]) == KARPENTER_PODS


def test_services_ask_for_their_capacity_where_it_is(program: Program) -> None:
    found = {}
    for label in ("steady", "cheap"):
        pod = inputs(program, "kubernetes:apps/v1:Deployment", label)["spec"]["template"]["spec"]
        required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        terms = (term["matchExpressions"] for term in required["nodeSelectorTerms"])
        found[label] = [{item["key"]: item["values"] for item in term} for term in terms]
    arch = {"kubernetes.io/arch": ["amd64"]}
    assert found == {
        "steady": [
            arch | {"eks.amazonaws.com/capacityType": ["ON_DEMAND"]},
            arch | {"karpenter.sh/capacity-type": ["on-demand"]},
        ],
        "cheap": [arch | {"karpenter.sh/capacity-type": ["spot"]}],
    }


def test_everything_has_a_price(program: Program) -> None:
    lines = price(map(Resource.read, program.resources), "ap-northeast-2")
    assert [f"{line.resource}: {line.item}" for line in lines if line.monthly is None] == []
    assert {line.resource for line in lines if line.type == POOL} == {f"{NAME}-{label}" for label in POOLS}


def test_services_wait_for_the_pools_and_nothing_is_left(program: Program) -> None:
    """Last on purpose: it takes the stack down. Nodes must outlive their pods, or they would never be drained."""
    operator = program.of_type(RELEASE)[f"{NAME}-external-secrets"]
    assert {item["urn"] for item in program.of_type(POOL).values()} <= set(operator["dependencies"])
    program.rehearsal("preview", "--expect-no-changes", stack="prod")
    assert set(program.rehearsal("refresh", stack="prod").changes) <= {"same"}
    program.rehearsal("destroy", stack="prod")
    assert program.rehearsal.state("prod") == []
