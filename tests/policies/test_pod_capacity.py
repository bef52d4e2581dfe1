"""`pod-capacity` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aws_facts.node_capacity import SELF_MANAGED_ADDONS
from incidents.graph import Graph
from incidents.rule import Finding, Verdict
from incidents.rules.pod_capacity import RULE
from incidents.unknowns import UNKNOWN
from settings.capacity import supply, supply_of, system_pods
from settings.cluster import ClusterSettings
from tests.policies.manifests import container, manifest, pods
from tests.policies.stacks import findings, resource


@pytest.fixture(autouse=True)
def _production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "prod")


def group(count: Any = 3.0, *types: str, name: str = "nodes", **more: Any) -> Any:
    scaling = {"desiredSize": count, "minSize": 1.0, "maxSize": 20.0}
    props = {"instanceTypes": list(types) or ["t3.medium"], "scalingConfig": scaling, **more}
    return resource("aws:eks/nodeGroup:NodeGroup", name, props)


def addon(name: str, values: Any = None) -> Any:
    return resource("aws:eks/addon:Addon", name, {"addonName": name, "configurationValues": values})


def app(replicas: Any, cpu: str = "10m", memory: str = "16Mi", **more: Any) -> Any:
    said = container(resources={"requests": {"cpu": cpu, "memory": memory}})
    return pods(said, spec={"replicas": replicas}, **more)


PREFIXES = json.dumps({"env": {"ENABLE_PREFIX_DELEGATION": "true"}})
BARE = {"pod": {"containers": [{"name": "app", "image": "shop:1"}]}}


@pytest.mark.parametrize(
    ("workload", "others", "expected", "words"),
    [
        (app(38.0), [group()], Verdict.FAIL, "Too many pods"),
        (app(20.0), [group()], Verdict.PASS, ""),
        (app(24.0), [group()], Verdict.FAIL, "Too many pods"),
        (app(38.0, **BARE), [group()], Verdict.FAIL, "Too many pods"),
        (app(38.0), [group(), addon("vpc-cni", PREFIXES)], Verdict.PASS, ""),
        (app(38.0), [group(), addon("vpc-cni", "{}")], Verdict.FAIL, "Too many pods"),
        (app(4.0, cpu="1"), [group()], Verdict.FAIL, "Insufficient cpu"),
        (app(4.0, memory="2Gi"), [group()], Verdict.FAIL, "Insufficient memory"),
        (app(38.0), [group(9.0)], Verdict.PASS, ""),
        (app(38.0), [group(3.0, "m6i.xlarge")], Verdict.PASS, ""),
        (app(38.0), [group(), resource("kubernetes:helm.sh/v3:Release", "scaler", {"chart": "cluster-autoscaler"})], Verdict.PASS, ""),
        (app(38.0), [group(UNKNOWN)], Verdict.UNKNOWN, "nodes"),
        (app(38.0), [group(3.0, "x9.large")], Verdict.UNKNOWN, "x9.large"),
        (app(UNKNOWN), [group()], Verdict.UNKNOWN, "is not known"),
        (app(20.0), [group(), pods(kind="DaemonSet", name="a"), pods(kind="DaemonSet", name="b"), pods(kind="DaemonSet", name="c")], Verdict.FAIL, "Too many pods"),
        (app(1.0, kind="Job"), [group()], Verdict.PASS, ""),
        (pods(kind="Job", spec={"parallelism": 60.0}), [group()], Verdict.FAIL, "Too many pods"),
    ],
)  # fmt: skip
def test_sums(workload: Any, others: list[Any], expected: Verdict, words: str) -> None:
    found = worst(workload, *others)
    assert found.verdict is expected
    assert words in found.text


def worst(*resources: Any) -> Finding:
    order = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE)
    return min(RULE.check(Graph(resources)), key=lambda found: order.index(found.verdict))


def test_prefix_delegation_that_is_not_known() -> None:
    cni = resource("aws:eks/addon:Addon", "cni", {"addonName": "vpc-cni", "configurationValues": UNKNOWN})
    known = resource(cni.type, "cni", cni.props, {"configurationValues": [group()]})
    assert worst(app(38.0), group(), known).verdict is Verdict.UNKNOWN
    assert worst(app(500.0), group(), known).verdict is Verdict.FAIL


def test_other_stages_count_all_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "dev")
    assert worst(app(3.0), group(1.0)).verdict is Verdict.PASS
    assert worst(app(24.0), group()).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("cpu", "memory", "words"), [("4", "16Gi", "Insufficient cpu"), ("100m", "16Gi", "Insufficient memory")]
)
def test_a_pod_larger_than_a_node_fails_itself(cpu: str, memory: str, words: str) -> None:
    found = findings(RULE, app(1.0, cpu, memory), group())["shop"]
    assert found.verdict is Verdict.FAIL
    assert words in found.text
    assert "more than an empty node" in found.text


SPOT, STEADY = (
    group(3.0, name="spot", capacityType="SPOT"),
    group(9.0, name="steady", capacityType="ON_DEMAND"),
)
ON_SPOT = {"pod": {"nodeSelector": {"eks.amazonaws.com/capacityType": "SPOT"}}}


def test_workloads_are_counted_where_they_are_bound_to() -> None:
    assert worst(app(38.0), SPOT, STEADY).verdict is Verdict.PASS
    bound = pods(container(), spec={"replicas": 38.0}, **ON_SPOT)
    found = findings(RULE, bound, SPOT, STEADY)
    assert found["spot"].verdict is Verdict.FAIL
    assert "spot (3 x t3.medium) cannot hold the 1 workloads" in found["spot"].text


def test_taints_keep_pods_away() -> None:
    taints = [{"key": "only", "value": "batch", "effect": "NO_SCHEDULE"}]
    tainted = group(9.0, name="batch", taints=taints)
    assert worst(app(38.0), group(), tainted).verdict is Verdict.FAIL
    tolerant = {"pod": {"tolerations": [{"key": "only", "operator": "Equal", "value": "batch"}]}}
    assert worst(pods(spec={"replicas": 38.0}, **tolerant), group(), tainted).verdict is Verdict.PASS


AUTO_MODE = resource("aws:eks/cluster:Cluster", "auto", {"computeConfig": {"enabled": True}})
MAYBE_AUTO_MODE = resource(
    "aws:eks/cluster:Cluster", "auto", {"computeConfig": UNKNOWN}, {"computeConfig": [AUTO_MODE]}
)
LIMITED = {"limits": {"cpu": "64"}}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (AUTO_MODE, Verdict.NOT_APPLICABLE),
        (MAYBE_AUTO_MODE, Verdict.UNKNOWN),
        (manifest("NodePool", "pool"), Verdict.NOT_APPLICABLE),
        (manifest("NodePool", "pool", spec=LIMITED), Verdict.UNKNOWN),
        (manifest("NodePool", "pool", spec={"limits": UNKNOWN}), Verdict.UNKNOWN),
        (manifest("NodePool", "pool", spec=UNKNOWN), Verdict.UNKNOWN),
    ],
)
def test_nodes_that_are_made_as_needed(nodes: Any, expected: Verdict) -> None:
    for others in ([nodes], [nodes, group()]):
        assert findings(RULE, app(500.0), *others)["shop"].verdict is expected


def test_a_workload_that_is_kept_off_endless_nodes_is_judged() -> None:
    bound = {"pod": {"nodeSelector": {"eks.amazonaws.com/nodegroup": "nodes"}}}
    assert worst(pods(spec={"replicas": 500.0}, **bound), AUTO_MODE, group()).verdict is Verdict.FAIL


def pool(cpu: Any = "8", *types: str, taints: Any = None, group: str = "karpenter.k8s.aws") -> Any:
    """Bounded by its CPU: a t3.medium has 2 vCPU."""
    wanted = [
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": list(types) or ["t3.medium"]}
    ]
    template = {
        "nodeClassRef": {"group": group, "kind": "EC2NodeClass", "name": "pool"},
        "requirements": wanted,
        "taints": taints,
    }
    spec = {"template": {"spec": template}, "limits": {"cpu": cpu, "memory": "1Ti"}}
    return manifest("NodePool", "pool", spec=spec)


def node_class(**spec: Any) -> Any:
    body = {"kind": "EC2NodeClass", "metadata": {"name": "pool"}, "spec": spec}
    return resource("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "class", body)


@pytest.mark.parametrize(
    ("workload", "others", "expected", "words"),
    [
        (app(20.0), [pool(), node_class()], Verdict.PASS, ""),
        (app(38.0), [pool(), node_class()], Verdict.FAIL, "pool (up to 8 vCPU and 1024 GiB of t3.medium) cannot hold"),
        (app(38.0), [pool(), node_class(kubelet={"maxPods": 110.0})], Verdict.PASS, ""),
        (app(38.0), [pool("20"), node_class()], Verdict.PASS, ""),
        (app(38.0), [pool(), node_class(), group()], Verdict.PASS, ""),
        (app(38.0), [pool(taints=[{"key": "a", "effect": "NoSchedule"}]), node_class(), group()], Verdict.FAIL, "nodes (3 x t3.medium)"),
        (app(1.0, cpu="4"), [pool("64", "t3.medium", "m6i.2xlarge"), node_class()], Verdict.PASS, ""),
        (app(1.0, cpu="4"), [pool("64"), node_class()], Verdict.FAIL, "more than an empty node"),
        (app(500.0), [pool(None), node_class()], Verdict.UNKNOWN, "as they are needed"),
        (app(500.0), [pool()], Verdict.UNKNOWN, "as they are needed"),
        (app(500.0), [pool(group="eks.amazonaws.com"), node_class()], Verdict.UNKNOWN, "as they are needed"),
        (app(500.0), [pool("64", "x9.large"), node_class()], Verdict.UNKNOWN, "as they are needed"),
    ],
)  # fmt: skip
def test_a_pool_counts_by_its_limits(workload: Any, others: list[Any], expected: Verdict, words: str) -> None:
    found = worst(workload, *others)
    assert found.verdict is expected
    assert words in found.text


def test_no_nodes_in_the_stack() -> None:
    assert worst(app(500.0)).verdict is Verdict.NOT_APPLICABLE


def node(name: str, **other: str) -> Any:
    """As recorded on a real control plane."""
    offered = {"cpu": "1930m", "memory": "3388360Ki", "pods": "17", **other}
    return manifest(
        "Node", name, {"labels": {"kubernetes.io/arch": "amd64"}}, status={"allocatable": offered}
    )


RECORDED = [node("a"), node("b"), node("c")]


def test_the_recorded_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """49 of 60 pods were placed beside 2 others; here aws-node and kube-proxy run on each node, and two coredns."""
    monkeypatch.setenv("PULUMI_STACK", "dev")
    still = {"strategy": {"rollingUpdate": {"maxSurge": 0.0}}}
    small = container(resources={"requests": {"cpu": "1m", "memory": "1Mi"}})
    for replicas, expected in ((60.0, Verdict.FAIL), (44.0, Verdict.FAIL), (43.0, Verdict.PASS)):
        found = worst(pods(small, spec={"replicas": replicas, **still}), *RECORDED)
        assert found.verdict is expected
    assert "Insufficient cpu" in worst(app(1.0, "4", "16Gi"), *RECORDED).text
    assert "Insufficient memory" in worst(app(1.0, "4", "16Gi"), *RECORDED).text


@pytest.mark.parametrize("offered", [{"pods": "many"}, {"cpu": "None"}, {"memory": "3 GiB"}])
def test_a_node_that_offers_no_numbers_is_undecided(offered: dict[str, str]) -> None:
    found = worst(app(1.0), node("a", **offered))
    assert found.verdict is Verdict.UNKNOWN
    assert "is not a count, a CPU and a memory quantity" in found.text


def test_the_model_is_that_of_the_settings() -> None:
    """A raw stack gets the room that the stack file's budget computes for the same nodes and add-ons."""
    groups = {
        "nodes": {"capacity": "on-demand", "instance_types": ["m6i.large", "m5.large"], "min": 4, "max": 8}
    }
    cluster = ClusterSettings.model_validate(
        {
            "version": "1.35",
            "admins": {"a": "arn:aws:iam::123456789012:role/a"},
            "node_groups": groups,
            "prefix_delegation": False,
        }
    )
    nodes = group(4.0, "m6i.large", "m5.large")
    addons = [addon(name) for name in cluster.addon_names if name not in SELF_MANAGED_ADDONS]
    room = supply_of(cluster, cluster.node_groups.values())
    (each,) = supply(cluster, cluster.node_groups["nodes"]).empty
    assert room == each.times(3)
    replicas = room.pods - system_pods(cluster).pods
    still = {"strategy": {"rollingUpdate": {"maxSurge": 0.0}}}
    tiny = container(resources={"requests": {"cpu": "1m", "memory": "1Mi"}})
    for count, expected in ((replicas, Verdict.PASS), (replicas + 1, Verdict.FAIL)):
        assert worst(pods(tiny, spec={"replicas": float(count), **still}), nodes, *addons).verdict is expected
