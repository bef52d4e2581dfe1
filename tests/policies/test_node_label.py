"""`node-label` on recorded resources, and all its spellings at once on the real engine."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.node_label import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview
from tests.policies.stacks import findings, resource

MANAGED, KARPENTER = "eks.amazonaws.com/capacityType", "karpenter.sh/capacity-type"
REQUIRED, PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)

nodes = resource(
    "aws:eks/nodeGroup:NodeGroup",
    "nodes",
    {"capacityType": "SPOT", "amiType": "AL2023_ARM_64_STANDARD", "labels": {"team": "shop"}},
)
on_demand = resource(
    "aws:eks/nodeGroup:NodeGroup", "steady", {"capacityType": UNKNOWN, "amiType": "AL2023_x86_64_STANDARD"}
)
auto = resource("aws:eks/cluster:Cluster", "auto", {"computeConfig": {"enabled": True}})


def pool(**spec: Any) -> Any:
    template = {"metadata": {"labels": {"team": "search"}}, "spec": spec}
    manifest = {"kind": "NodePool", "metadata": {"name": "burst"}, "spec": {"template": template}}
    return resource("kubernetes:karpenter.sh/v1:NodePool", "pool", manifest)


def label(key: str, value: Any) -> dict[str, Any]:
    return {"nodeSelector": {key: value}}


def affinity(key: str, *values: str, operator: str = "In", required: bool = True) -> dict[str, Any]:
    term = {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}
    if required:
        return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}}
    return {"affinity": {"nodeAffinity": {PREFERRED: [{"weight": 1, "preference": term}]}}}


def spread(key: str) -> dict[str, Any]:
    return {
        "topologySpreadConstraints": [
            {"topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
        ]
    }


def apart(key: str) -> dict[str, Any]:
    return {"affinity": {"podAntiAffinity": {REQUIRED: [{"topologyKey": key}]}}}


WRONG = {
    "capacity-type": (label("capacity-type", "spot"), f"'{MANAGED}': 'SPOT'"),
    "lower case for managed nodes": (label(MANAGED, "spot"), "write 'SPOT'"),
    "upper case for Karpenter": (label(KARPENTER, "SPOT"), "write 'spot'"),
    "Karpenter's key on managed nodes": (label(KARPENTER, "spot"), f"'{MANAGED}': 'SPOT'"),
    "required affinity": (affinity(MANAGED, "spot"), "write 'SPOT'"),
    "preferred affinity": (affinity("capacity-type", "spot", required=False), "nobody would notice"),
    "exclusion": (affinity(MANAGED, "spot", operator="NotIn"), "exclude nothing"),
    "spread": (spread("capacity-type"), MANAGED),
    "anti-affinity": (apart("kubernetes.io/hostnam"), "'kubernetes.io/hostname'"),
    "no such capacity": (label(MANAGED, "ON_DEMAND"), "node group 'nodes': SPOT"),
    "no such label": (label("team", "stock"), "node group 'nodes': shop"),
    "no such architecture": (label("kubernetes.io/arch", "amd64"), "arm64"),
}


def judged(spec: dict[str, Any], *sources: Any) -> Any:
    deployment = resource(
        "kubernetes:apps/v1:Deployment", "app", {"kind": "Deployment", "spec": {"template": {"spec": spec}}}
    )
    return findings(RULE, deployment, *sources)["app"]


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_label_that_no_node_carries_fails_with_what_to_write(case: str) -> None:
    spec, remedy = WRONG[case]
    found = judged(spec, nodes)
    assert found.verdict is Verdict.FAIL
    assert remedy in found.text


RIGHT: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "managed spot": (label(MANAGED, "SPOT"), (nodes,)),
    "managed default": (label(MANAGED, "ON_DEMAND"), (nodes, on_demand)),
    "own label": (label("team", "shop"), (nodes,)),
    "arm64": (label("kubernetes.io/arch", "arm64"), (nodes,)),
    "zone spread": (spread("topology.kubernetes.io/zone"), (nodes,)),
    "Karpenter": (label(KARPENTER, "spot"), (pool(),)),
    "pool": (label("karpenter.sh/nodepool", "burst"), (pool(),)),
    "pool's label": (label("team", "search"), (nodes, pool())),
    "custom requirement": (
        label("tier", "gold"),
        (pool(requirements=[{"key": "tier", "operator": "Exists"}]),),
    ),
    "Auto Mode": (label(KARPENTER, "on-demand"), (auto,)),
    "Auto Mode's own key": (label("eks.amazonaws.com/instance-category", "c"), (auto,)),
    "not on spot": (affinity(MANAGED, "SPOT", operator="NotIn"), (on_demand,)),
    "nodes elsewhere": (label("kubernetes.io/arch", "arm64"), ()),
    "a label of their own that looks like ours": (
        label("capacity-type", "spot"),
        (resource("aws:eks/nodeGroup:NodeGroup", "own", {"labels": {"capacity-type": "spot"}}),),
    ),
}


@pytest.mark.parametrize("case", sorted(RIGHT))
def test_a_label_that_some_node_carries_passes(case: str) -> None:
    spec, sources = RIGHT[case]
    assert judged(spec, *sources).verdict is Verdict.PASS


UNDECIDED: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "value": (label("team", UNKNOWN), (nodes,)),
    "selector": ({"nodeSelector": UNKNOWN}, (nodes,)),
    "labels of the nodes": (
        label("tier", "gold"),
        (resource("aws:eks/nodeGroup:NodeGroup", "n", {"labels": UNKNOWN}),),
    ),
    "nodes elsewhere": (label("tier", "gold"), ()),
}


@pytest.mark.parametrize("case", sorted(UNDECIDED))
def test_what_is_not_known_is_undecided(case: str) -> None:
    spec, sources = UNDECIDED[case]
    assert judged(spec, *sources).verdict is Verdict.UNKNOWN


def test_a_mistake_beside_an_unknown_is_still_a_mistake() -> None:
    spec = {"nodeSelector": {"capacity-type": "spot", "team": UNKNOWN}}
    assert judged(spec, nodes).verdict is Verdict.FAIL


def test_managed_labels_are_not_auto_modes() -> None:
    assert judged(label(MANAGED, "SPOT"), auto).verdict is Verdict.FAIL


def test_terms_must_fit_one_node_together() -> None:
    together = {"nodeSelector": {MANAGED: "ON_DEMAND", "kubernetes.io/arch": "arm64"}}
    found = judged(together, nodes, on_demand)
    assert found.verdict is Verdict.FAIL
    assert "no nodes fit all of them together" in found.text


def test_alternatives_need_only_one_that_fits() -> None:
    terms = [
        {"matchExpressions": [{"key": MANAGED, "operator": "In", "values": [value]}]}
        for value in ("SPOT", "ON_DEMAND")
    ]
    spec = {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}}
    assert judged(spec, nodes).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "kind", ["Pod", "CronJob", "Job", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController"]
)
def test_each_kind_that_runs_pods_is_judged(kind: str) -> None:
    spec = label("capacity-type", "spot")
    template = {"template": {"spec": spec}}
    body = {"Pod": spec, "CronJob": {"jobTemplate": {"spec": template}}}.get(kind, template)
    workload = resource(f"kubernetes:any/v1:{kind}", "app", {"kind": kind, "spec": body})
    assert findings(RULE, workload, nodes)["app"].verdict is Verdict.FAIL


def test_values_of_a_helm_release_are_judged_where_they_place_pods() -> None:
    values = {"controller": {"nodeSelector": {"capacity-type": "spot"}}}
    release = resource("kubernetes:helm.sh/v3:Release", "ingress", {"values": values})
    found = findings(RULE, release, nodes)["ingress"]
    assert found.verdict is Verdict.FAIL
    assert "values.controller.nodeSelector" in found.text


def test_self_managed_nodes_carry_what_the_kubelet_is_told() -> None:
    script = base64.b64encode(
        b"/etc/eks/bootstrap.sh --kubelet-extra-args '--node-labels=tier=gold,zone=a'"
    ).decode()
    template = resource("aws:ec2/launchTemplate:LaunchTemplate", "template", {"userData": script})
    tags = [{"key": "kubernetes.io/cluster/shop", "value": "owned"}]
    group = resource("aws:autoscaling/group:Group", "group", {"tags": tags}, {"launchTemplate": [template]})
    assert judged(label("tier", "gold"), group, template).verdict is Verdict.PASS
    assert judged(label("tier", "tin"), group, template).verdict is Verdict.FAIL


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]]])
def test_manifests_of_any_shape_are_survived(nonsense: Any) -> None:
    for part in ("nodeSelector", "affinity", "topologySpreadConstraints"):
        assert "itself failed" not in judged({part: nonsense}, nodes).text
    for part in ("podAntiAffinity", "nodeAffinity"):
        for rule in (REQUIRED, PREFERRED):
            assert "itself failed" not in judged({"affinity": {part: {rule: nonsense}}}, nodes).text


@pytest.mark.engine
def test_every_wrong_spelling_fails_the_preview_and_the_right_ones_pass(make_rehearsal: Any) -> None:
    specs = {f"wrong-{index}": WRONG[case][0] for index, case in enumerate(sorted(WRONG))}
    specs |= {"right": label(MANAGED, "SPOT"), "plain": {}}
    program = f"""
import json, pulumi_aws as aws, pulumi_kubernetes as k8s
role = aws.iam.Role("role", assume_role_policy=json.dumps({{"Version": "2012-10-17", "Statement": []}}))
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [aws.ec2.Subnet(zone, vpc_id=vpc.id, availability_zone="ap-northeast-2" + zone, cidr_block=f"10.0.{{i}}.0/24").id
           for i, zone in enumerate("ab")]
cluster = aws.eks.Cluster("cluster", role_arn=role.arn, vpc_config={{"subnet_ids": subnets}})
aws.eks.NodeGroup("nodes", cluster_name=cluster.name, node_role_arn=role.arn, subnet_ids=subnets, capacity_type="SPOT",
                  ami_type="AL2023_ARM_64_STANDARD", labels={{"team": "shop"}},
                  scaling_config={{"desired_size": 1, "max_size": 1, "min_size": 1}})
for name, spec in json.loads('''{json.dumps(specs)}''').items():
    containers = [{{"name": "app", "image": "example.com/app:1"}}]
    k8s.core.v1.Pod(name, metadata={{"name": name}}, spec={{**spec, "containers": containers}})
"""
    assert failed(preview(make_rehearsal, program, ()), RULE) == set(specs) - {"right", "plain"}
