"""The stack files of the project, and what the components read from them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from aws_facts.eks import ADDONS, CONTAINER_INSIGHTS
from settings.service_database import ServiceDatabase
from settings.types import Capacity
from tests.settings.files import ROOT, accepted, refused

SERVICES = [
    "admin",
    "auth",
    "banner",
    "cart",
    "coupon",
    "file",
    "inventory",
    "notification",
    "order",
    "payment",
    "product",
    "review",
    "search",
    "seller",
    "settlement",
    "shipping",
    "stats",
    "user",
]


def name_of(database: ServiceDatabase | None) -> str | None:
    return database.name if database else None


def test_prod_is_the_market() -> None:
    prod = accepted({})
    databases = {name: name_of(service.own_database(name)) for name, service in prod.services.items()}
    assert databases == {"api-gateway": None} | {f"{name}-service": f"{name}_service" for name in SERVICES}
    assert prod.region == "ap-northeast-2"
    assert {service.max_replicas for service in prod.services.values()} == {2}
    assert {group.capacity for group in prod.cluster.node_groups.values()} == set(Capacity)


def test_dev_is_cheap() -> None:
    dev = accepted({}, "dev")
    assert dev.network.nat == "single"
    assert len(dev.network.zones) == 2
    assert all(group.capacity is Capacity.SPOT for group in dev.cluster.node_groups.values())


@pytest.mark.parametrize("stack", ["prod", "dev"])
def test_everything_that_moves_is_pinned(stack: str) -> None:
    cluster = accepted({}, stack).cluster
    assert all("-eksbuild." in version for version in cluster.addon_versions.values())
    for group in cluster.node_groups.values():
        assert cluster.release_version(group).startswith(f"{cluster.version}.")


def test_a_stack_file_overrides_a_pin() -> None:
    cluster = accepted({"cluster.addons": {"coredns": "v1.99.0-eksbuild.1"}}).cluster
    assert cluster.addon_versions["coredns"] == "v1.99.0-eksbuild.1"
    assert cluster.addon_versions["kube-proxy"].startswith("v1.35.")


def test_an_addon_that_is_off_needs_no_pin() -> None:
    pins = {name: "v1.2.3-eksbuild.1" for name in ADDONS if name != CONTAINER_INSIGHTS}
    newer = {"cluster.version": "1.36", "cluster.addons": pins}
    assert accepted(newer | {"cluster.container_insights": False})
    (found,) = refused(newer)
    assert f"Name a version of {CONTAINER_INSIGHTS}" in found


@pytest.mark.parametrize(
    ("said", "name"),
    [(True, "order_service"), (False, None), ("orders", "orders"), ({"name": "orders"}, "orders")],
)
def test_a_database_is_named(said: object, name: str | None) -> None:
    order = accepted({"services.order-service.database": said}).services["order-service"]
    assert name_of(order.own_database("order-service")) == name
    assert not isinstance(order.database, ServiceDatabase) or isinstance(said, dict)


def test_capacity_is_rendered_as_eks_writes_it() -> None:
    assert [capacity.eks for capacity in Capacity] == ["ON_DEMAND", "SPOT"]


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        accepted({}).stage = "dev"  # type: ignore[misc]


def test_settings_and_facts_are_pure() -> None:
    script = "import sys, settings, aws_facts.node_labels; print([m for m in sys.modules if m.startswith('pulumi')])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.strip() == "[]"
