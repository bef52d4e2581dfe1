"""Karpenter's pools: what is refused, what they are budgeted with, and which labels services ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_facts.instances import INSTANCE_TYPES
from settings import SettingsError
from settings.capacity import agents, budgets, service_demand, system_pods
from settings.placement import placements
from tests.settings.files import accepted, refused

POOL = {"capacity": "both", "instance_types": ["m6i.large"], "cpu_limit": 16, "memory_limit_gib": 64}
GROUP = {"capacity": "on-demand", "instance_types": ["m6i.large"], "min": 3, "max": 3}
TAINT = {"key": "only", "value": "batch"}


def stack(groups: Any = None, services: Any = None, **pools: Any) -> dict[str, Any]:
    return {
        "cluster.node_groups": groups or {"general": GROUP},
        "cluster.karpenter": {"node_pools": pools},
        "services": services or {},
    }


def service(replicas: int = 2, cpu: str = "100m", memory: str = "128Mi", **more: Any) -> dict[str, Any]:
    return {"replicas": replicas, "requests": {"cpu": cpu, "memory": memory}, **more}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (stack(flexible=POOL | {"cpu_limit": None}), ("node_pools.flexible.cpu_limit: is missing", "cost", "`64`")),
        (stack(flexible=POOL | {"memory_limit_gib": None}), ("flexible.memory_limit_gib: is missing", "cost", "`256`")),
        (stack(flexible=POOL | {"cpu_limits": 4}), ("flexible.cpu_limits: no such key", "Did you mean `cpu_limit`?")),
        (stack(flexible=POOL | {"cpu_limit": 1}), ("flexible.cpu_limit: 1 is less than one m6i.large has", "at least 2")),
        (stack(flexible=POOL | {"memory_limit_gib": 4}), ("memory_limit_gib: 4 is less", "8 GiB", "at least 8")),
        (stack(flexible=POOL | {"capacity": "SPOT"}), ("flexible.capacity: 'SPOT' is no capacity", "'both'")),
        (stack(flexible=POOL | {"arch": "arm64"}), ("m6i.large is amd64", "node-arch", "Write `arch: amd64`")),
        (stack(flexible=POOL | {"instance_types": ["m6i.tiny"]}), ("no instance type known here", "m6i.2xlarge")),
        (stack(flexible=POOL | {"image_version": "latest"}), ("flexible.image_version", "'latest'")),
        (stack(general=POOL), ("node_pools.general: is the name of a node group, too", "Rename")),
        (stack(Flexible=POOL), ("'Flexible'", "lower-case letters", "Rename")),
        (stack({"general": GROUP | {"min": 1}}, flexible=POOL), ("cluster.karpenter: its 2 controllers", "1 of them", "Raise `min`")),
        (stack({"general": GROUP | {"taints": [TAINT]}}, flexible=POOL), ("cluster.karpenter: its 2 controllers", "0 of them")),
        (
            stack(services={"shop": service(120, capacity="spot")}, flexible=POOL),
            ("cluster.karpenter.node_pools: flexible (up to 16 vCPU and 64 GiB of m6i.large)", "m CPU wanted", "Raise the limits"),
        ),
        (
            stack(services={"shop": service(capacity="spot")}, flexible=POOL | {"taints": [TAINT]}),
            ("services.shop: runs on spot amd64 nodes, and no node group or pool", "node-label"),
        ),
        (stack(services={"shop": service(cpu="2")}, flexible=POOL), ("services.shop.requests: 2 CPU", "one empty amd64 node")),
    ],
)  # fmt: skip
def test_what_is_refused(changes: dict[str, Any], words: tuple[str, ...]) -> None:
    found = "\n".join(refused(changes))
    assert [word for word in words if word not in found] == [], found


def test_a_pod_fits_the_largest_type_that_karpenter_may_choose() -> None:
    sizes = POOL | {"instance_types": ["m6i.large", "m6i.2xlarge"], "cpu_limit": 24, "memory_limit_gib": 96}
    accepted(stack(services={"shop": service(1, cpu="4")}, flexible=sizes))


def test_system_pods_must_fit_the_managed_groups() -> None:
    found = accepted(stack(services={"shop": service(capacity="spot")}, flexible=POOL))
    by_nodes = {budget.node_groups: budget for budget in budgets(found.cluster, found.services)}
    assert list(by_nodes) == [("flexible",), ("general",), ("general", "flexible")]
    assert by_nodes[("general",)].demand == system_pods(found.cluster)
    assert system_pods(found.cluster).cpu > 2 * 500, "with Karpenter's controllers"
    small = GROUP | {"instance_types": ["t3.medium"], "min": 2}
    (problem,) = refused(
        stack({"general": small}, flexible=POOL | {"cpu_limit": 640, "memory_limit_gib": 2560})
    )
    assert "general (2 x t3.medium) cannot hold" in problem


MANAGED, POOLED = "eks.amazonaws.com/capacityType", "karpenter.sh/capacity-type"
SPELLINGS: list[tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]]] = [
    ({}, {}, [{}]),
    ({"capacity": "on-demand"}, {}, [{MANAGED: "ON_DEMAND"}, {POOLED: "on-demand"}]),
    ({"capacity": "spot"}, {}, [{POOLED: "spot"}]),
    ({"capacity": "on-demand"}, {"capacity": "spot"}, [{MANAGED: "ON_DEMAND"}]),
    ({"capacity": "on-demand"}, {"taints": [TAINT]}, [{MANAGED: "ON_DEMAND"}]),
]
"""What a service and a pool say, beside an on-demand group; and the labels that the service asks for."""


@pytest.mark.parametrize(("said", "pool", "expected"), SPELLINGS)
def test_a_capacity_is_spelt_as_the_nodes_do_where_it_lands(said: Any, pool: Any, expected: Any) -> None:
    found = accepted(stack(services={"shop": service(**said)}, flexible=POOL | pool))
    arch = {"kubernetes.io/arch": "amd64"}
    assert placements(found.services["shop"], found.cluster) == [arch | labels for labels in expected]


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    pool = {
        "capacity": draw(st.sampled_from(["spot", "both"])),
        "instance_types": draw(st.lists(st.sampled_from(["t3.medium", "m6i.large", "r6i.2xlarge"]), min_size=1, unique=True)),
        "cpu_limit": draw(st.integers(8, 40)),
        "memory_limit_gib": draw(st.integers(64, 200)),
    }  # fmt: skip
    services = {
        f"service-{number}": service(
            draw(st.integers(0, 12)),
            draw(st.sampled_from(["10m", "250m", "1"])),
            draw(st.sampled_from(["16Mi", "512Mi", "2Gi"])),
            capacity="spot",
        )
        for number in range(draw(st.integers(0, 5)))
    }
    return stack(services=services, flexible=pool) | {"cluster.prefix_delegation": draw(st.booleans())}


@settings(max_examples=2 * settings.default.max_examples)
@given(stacks())
def test_what_is_accepted_never_exceeds_its_pool(changes: dict[str, Any]) -> None:
    """Written a second way: whichever type Karpenter takes, the nodes within the limits hold all, with one lost."""
    try:
        found = accepted(changes)
    except SettingsError:
        return
    assert found.cluster.karpenter
    pool = found.cluster.karpenter.node_pools["flexible"]
    wanted = [service_demand(item) for item in found.services.values()]
    for kind in map(INSTANCE_TYPES.__getitem__, pool.instance_types):
        nodes = 0
        while (nodes + 1) * kind.vcpus <= pool.cpu_limit and (
            nodes + 1
        ) * kind.memory_mib <= pool.memory_limit_gib * 1024:
            nodes += 1
        left = nodes - 1
        pods = 110 if found.cluster.prefix_delegation else kind.enis * (kind.ipv4_per_eni - 1) + 2
        taken = agents(found.cluster)
        assert sum(load.pods for load in wanted) <= left * (pods - taken.pods)
        assert sum(load.cpu for load in wanted) <= left * (kind.vcpus * 1000 - taken.cpu)
        assert sum(load.memory for load in wanted) <= left * (kind.memory_mib * 0.925 - taken.memory)
