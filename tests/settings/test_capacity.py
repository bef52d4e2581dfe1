"""The capacity budget, against recorded nodes and for any stack that is accepted (incident pod-capacity)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_facts.instances import INSTANCE_TYPES
from settings import SettingsError, StackSettings
from settings.capacity import (
    JOB_SLOT,
    Load,
    agents,
    allocatable,
    budgets,
    service_demand,
    system_pods,
)
from settings.service import Service
from tests.settings.files import accepted, refused

THREE_T3_MEDIUM = {"capacity": "on-demand", "instance_types": ["t3.medium"], "min": 3, "max": 3}


def service(replicas: Any, cpu: str = "10m", memory: str = "16Mi", **more: Any) -> dict[str, Any]:
    return {"replicas": replicas, "requests": {"cpu": cpu, "memory": memory}, **more}


def demand(**declared: Any) -> Load:
    return service_demand(Service.model_validate(service(**declared)))


def test_a_t3_medium_offers_what_a_real_one_was_recorded_to() -> None:
    node = allocatable(INSTANCE_TYPES["t3.medium"], prefix_delegation=False)
    assert (node.pods, node.cpu) == (17, 1930)
    recorded = 3388360 // 1024
    assert recorded * 0.99 < node.memory <= recorded


def test_prefix_delegation_trades_memory_for_pods() -> None:
    kind = INSTANCE_TYPES["m6i.large"]
    without, with_prefixes = (allocatable(kind, prefix_delegation=on) for on in (False, True))
    assert (without.pods, with_prefixes.pods) == (29, 110)
    assert without.memory - with_prefixes.memory == 11 * (110 - 29)


@pytest.mark.parametrize(
    ("replicas", "pods"), [(0, 0), (1, 2), (2, 3), (4, 5), (5, 7), ({"min": 1, "max": 8}, 10)]
)
def test_a_rollout_adds_a_quarter_rounded_up(replicas: Any, pods: int) -> None:
    assert demand(replicas=replicas, cpu="0.25", memory="1Gi") == Load(pods, 250 * pods, 1024 * pods)


def test_sixty_pods_on_three_t3_medium() -> None:
    """The incident: addresses run out long before CPU and memory do."""
    (found,) = refused(
        {
            "cluster.prefix_delegation": False,
            "cluster.node_groups": {"general": THREE_T3_MEDIUM},
            "services": {f"shop-{number}": service(6) for number in range(10)},
        }
    )
    # 10 services x (6 + 2), 7 system pods and a job; 2 nodes x (17 - 6 of daemon sets).
    assert "88 pods wanted, 22 pods there" in found
    assert "general (3 x t3.medium)" in found
    assert "CPU wanted" not in found
    assert "pod-capacity" in found


def test_sixty_pods_on_three_t3_medium_with_prefix_delegation() -> None:
    (found,) = refused(
        {
            "cluster.node_groups": {"general": THREE_T3_MEDIUM},
            "services": {f"shop-{number}": service(6, "50m", "128Mi") for number in range(10)},
        }
    )
    assert "pods wanted" not in found
    assert "m CPU wanted" in found
    assert "Mi memory wanted" in found


def test_services_bound_to_spot_must_fit_spot_nodes() -> None:
    (found,) = refused({"services.order-service": service(6, "400m", "64Mi", capacity="spot")})
    assert "spot (3 x m6i.large or m5.large or m6a.large)" in found
    assert "general" not in found


def test_each_set_of_nodes_has_its_budget() -> None:
    stack = accepted(
        {
            "services": {
                "a": service(1, capacity="spot"),
                "b": service(1, capacity="on-demand"),
                "c": service(1),
            }
        }
    )
    found = {budget.node_groups: budget for budget in budgets(stack.cluster, stack.services)}
    assert {nodes: budget.services for nodes, budget in found.items()} == {
        ("general",): ("b",),
        ("spot",): ("a",),
        ("general", "spot"): ("a", "b", "c"),
    }
    assert found[("spot",)].demand == Load(2, 20, 32)
    assert found[("general", "spot")].demand == Load(6, 60, 96) + system_pods(stack.cluster) + JOB_SLOT


def test_a_single_node_that_is_lost_leaves_nothing() -> None:
    alone = THREE_T3_MEDIUM | {"min": 1, "max": 1}
    (found,) = refused({"cluster.node_groups": {"general": alone}, "services": {}})
    assert "there" in found


def test_the_smallest_of_several_types_counts() -> None:
    mixed = THREE_T3_MEDIUM | {"instance_types": ["t3.large", "m6i.large"]}
    stack = accepted(
        {"cluster.prefix_delegation": False, "cluster.node_groups.general": mixed, "services": {}}
    )
    (budget,) = budgets(stack.cluster, stack.services)
    # 29 pods of m6i.large, not 35 of t3.large; 3 of general and 3 of spot run, one of them is lost.
    assert budget.supply.pods == (3 + 3 - 1) * (29 - agents(stack.cluster).pods)


def test_agents_of_container_insights_take_room_on_each_node() -> None:
    """Two pods with 300m and 153 Mi on each of the five nodes that are left, and an operator."""
    on, off = (
        budgets(stack.cluster, stack.services)[0]
        for stack in (accepted({"cluster.container_insights": said}) for said in (True, False))
    )
    assert off.supply - on.supply == Load(2, 300, 153).times(5)
    assert on.demand - off.demand == Load(1, 100, 64)


def test_a_pod_larger_than_any_node_is_refused() -> None:
    found = refused({"services.order-service": service(1, "4", "16Gi")})
    assert found[0].startswith("plinth:services.order-service.requests: 4 CPU and 16Gi memory")


def test_services_do_not_count_on_tainted_nodes() -> None:
    taint = {"key": "dedicated", "value": "batch"}
    soft = taint | {"effect": "PREFER_NO_SCHEDULE"}
    wants_spot = {"services.order-service": service(1, capacity="spot")}
    accepted(wants_spot | {"cluster.node_groups.spot.taints": [soft]})
    # `general` must take the add-ons and operators that ran on `spot` as well.
    larger = {"cluster.node_groups.general.min": 4}
    tainted = accepted({"cluster.node_groups.spot.taints": [taint]} | larger)
    assert [budget.node_groups for budget in budgets(tainted.cluster, tainted.services)] == [("general",)]
    (found,) = refused(wants_spot | {"cluster.node_groups.spot.taints": [taint]} | larger)
    assert "no node group or pool without a taint" in found


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    groups = {
        f"group-{number}": {
            "capacity": draw(st.sampled_from(["spot", "on-demand"])),
            "instance_types": [draw(st.sampled_from(["t3.medium", "m6i.large", "c6i.xlarge"]))],
            "min": 1,
            "max": draw(st.integers(1, 4)),
        }
        for number in range(draw(st.integers(1, 3)))
    }
    services = {
        f"service-{number}": service(
            draw(st.integers(0, 12)),
            draw(st.sampled_from(["10m", "250m", "1"])),
            draw(st.sampled_from(["16Mi", "512Mi", "2Gi"])),
            capacity=draw(st.sampled_from([None, "spot", "on-demand"])),
        )
        for number in range(draw(st.integers(0, 5)))
    }
    return {
        "cluster.node_groups": groups,
        "cluster.prefix_delegation": draw(st.booleans()),
        "cluster.container_insights": draw(st.booleans()),
        "services": services,
    }


@settings(max_examples=2 * settings.default.max_examples)
@given(stacks())
def test_what_is_accepted_never_exceeds_its_nodes(changes: dict[str, Any]) -> None:
    """Written a second way: no part of the services asks for more than all nodes it may use, whichever one is lost."""
    try:
        stack = accepted(changes)
    except SettingsError:
        return
    taken = agents(stack.cluster)
    for capacities in ({"spot"}, {"on-demand"}, {"spot", "on-demand"}):
        bound = [item for item in stack.services.values() if binding(item, stack) <= capacities]
        wanted = [service_demand(item) for item in bound]
        for left in nodes_left(stack, capacities):
            assert sum(load.pods for load in wanted) <= sum(node.pods - taken.pods for node in left)
            assert sum(load.cpu for load in wanted) <= sum(node.cpu - taken.cpu for node in left)
            assert sum(load.memory for load in wanted) <= sum(node.memory - taken.memory for node in left)


def binding(item: Service, stack: StackSettings) -> set[str]:
    """The capacities of the nodes that a service may run on."""
    there = {group.capacity.value for group in stack.cluster.node_groups.values()}
    return there & ({item.capacity.value} if item.capacity else there)


def nodes_left(stack: StackSettings, capacities: set[str]) -> list[list[Load]]:
    """The nodes of these capacities, with each one of them taken away in turn."""
    nodes = [
        allocatable(
            INSTANCE_TYPES[group.instance_types[0]], prefix_delegation=stack.cluster.prefix_delegation
        )
        for group in stack.cluster.node_groups.values()
        if group.capacity.value in capacities
        for _ in range(group.max)
    ]
    return [nodes[:lost] + nodes[lost + 1 :] for lost in range(len(nodes))]
