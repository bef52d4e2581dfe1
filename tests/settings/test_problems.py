"""Every mistake that a person can make in a stack file: the key, the consequence and the remedy are said."""

from __future__ import annotations

from typing import Any

import pytest

from settings import SettingsError, load
from tests.settings.files import REMOVED, Changes, accepted, refused

GENERAL = "cluster.node_groups.general"
ORDER = "services.order-service"


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        # A typo names the nearest key, wherever it stands.
        ({"netwrok": {}}, "netwrok", "Did you mean `network`?"),
        ({"cluster.adons": {}}, "cluster.adons", "Did you mean `addons`?"),
        ({f"{ORDER}.replica": 2}, f"{ORDER}.replica", "Did you mean `replicas`?"),
        ({f"{ORDER}.requests.memroy": "1Gi"}, f"{ORDER}.requests.memroy", "Did you mean `memory`?"),
        (
            {f"{ORDER}.replicas": {"min": 1, "max": 2, "maks": 3}},
            f"{ORDER}.replicas.maks",
            "Did you mean `max`?",
        ),
        ({f"{GENERAL}.zzz": 1}, f"{GENERAL}.zzz", "Known here: capacity, arch, instance_types"),
        (
            {"database.drop": {"order_service": "confirmed"}},
            "database.drop.order_service",
            "of order-service",
        ),
        ({"database.drop": {"old_service": True}}, "database.drop.old_service", "Write 'confirmed'"),
        # Values that are not of the kind wanted.
        ({"stage": "production"}, "stage", "Write 'prod' or 'dev'"),
        ({"stage": REMOVED}, "stage", "is missing"),
        ({"cluster": REMOVED}, "cluster", "is missing"),
        ({f"{GENERAL}.capacity": REMOVED}, f"{GENERAL}.capacity", "is missing"),
        ({"network": "10.20.0.0/16"}, "network", "is no mapping"),
        ({"services": ["api-gateway"]}, "services", "is no mapping"),
        ({"network.zones": "ap-northeast-2a"}, "network.zones", "is no list"),
        ({ORDER: None}, ORDER, "is no mapping"),
        ({f"{ORDER}.replicas": "two"}, f"{ORDER}.replicas", "is no whole number"),
        ({f"{ORDER}.port": True}, f"{ORDER}.port", "true is no whole number"),
        ({"alarms": {"response_seconds": True}}, "alarms.response_seconds", "true is no number"),
        ({f"{ORDER}.replicas": -1}, f"{ORDER}.replicas", "Write at least 0"),
        ({f"{ORDER}.replicas": {"min": 3, "max": 1}}, f"{ORDER}.replicas", "Swap them"),
        ({f"{ORDER}.needs": 1.5}, f"{ORDER}.needs", "is no list"),
        (
            {f"{ORDER}.auth_paths": ["/login", "/join", "/login"]},
            f"{ORDER}.auth_paths",
            "'/login' stands there twice",
        ),
        ({"network.interface_endpoints": ["ec2", "ec2"]}, "network.interface_endpoints", "Remove one"),
        ({"alarms": {"response_seconds": 0}}, "alarms.response_seconds", "Write more than 0"),
        ({"alarms": {"response_seconds": "soon"}}, "alarms.response_seconds", "is no number"),
        ({"registry": {"prefix": "Shop"}}, "registry.prefix", "does not match ^[a-z0-9]+"),
        ({"registry": {"prefix": "s" * 101}}, "registry.prefix", "Write at most 100 characters"),
        ({f"{ORDER}.port": 70000}, f"{ORDER}.port", "Write at most 65535"),
        ({f"{ORDER}.requests.cpu": "50 m"}, f"{ORDER}.requests.cpu", "like '250m'"),
        ({f"{ORDER}.requests.memory": "512"}, f"{ORDER}.requests.memory", "like '256Mi'"),
        ({f"{ORDER}.requests": REMOVED}, f"{ORDER}.requests", "is missing"),
        ({f"{ORDER}.limits": {"memory": "256Mi"}}, ORDER, "Raise the limit"),
        (
            {"database.instances": {"clas": "db.r6g.large"}},
            "database.instances.clas",
            "Did you mean `class`?",
        ),
        ({f"{ORDER}.database": "Order-DB"}, f"{ORDER}.database", "lower-case letters"),
        ({f"{ORDER}.database": "o" * 64}, f"{ORDER}.database", "63"),
        ({f"{ORDER}.database": {"name": "x-y"}}, f"{ORDER}.database.name", "lower-case letters"),
        ({f"{ORDER}.database": ["orders"]}, f"{ORDER}.database", "is no text"),
        ({f"{ORDER}.database": "cart_service"}, f"{ORDER}.database", "cart-service already"),
        ({"services.Order_Service": {"replicas": 1}}, "services.Order_Service.requests", "is missing"),
        ({"tags": {"owner": "a@example.com"}}, "tags", "Add environment and service"),
        # The network.
        ({"network.cidr": "10.20.0.1/16"}, "network.cidr", "Write 10.20.0.0/16"),
        ({"network.cidr": "8.8.0.0/16"}, "network.cidr", "RFC 1918"),
        ({"network.cidr": "10.0.0.0/8"}, "network.cidr", "Write 10.0.0.0/16"),
        ({"network.cidr": "10.20.0.0/24"}, "network.cidr", "smaller than /22"),
        ({"network.zones": ["ap-northeast-2a"] * 2}, "network.zones", "listed twice"),
        ({"network.zones": ["ap-northeast-2a"]}, "network.zones", "two-zones"),
        (
            {"network.zones": ["us-east-1a", "ap-northeast-2b"]},
            "network.zones",
            "us-east-1a is not in region ap-northeast-2 (aws:region)",
        ),
        ({"network.nat": "none"}, "network.nat", "'single' or 'per-zone'"),
        ({"network.peer_cidrs": ["10.20.5.0/24"]}, "network.peer_cidrs", "overlaps the VPC 10.20.0.0/16"),
        ({"network.peer_cidrs": ["172.20.1.0/24"]}, "cluster.service_cidr", "which EKS may choose"),
        (
            {"network.interface_endpoints": ["ecr.apy"]},
            "network.interface_endpoints",
            "Did you mean `ecr.api`?",
        ),
        ({"network.flow_logs_retention_days": 31}, "network.flow_logs_retention_days", "Write 30"),
        # The cluster.
        ({"cluster.version": 1.35}, "cluster.version", "in quotes, like '1.35'"),
        ({"cluster.version": "1.20"}, "cluster.version", "no Kubernetes version on EKS"),
        ({"cluster.admins": {}}, "cluster.admins", "Name at least one"),
        ({"cluster.admins": {"me": "arn"}}, "cluster.admins.me", "role/platform-admin"),
        ({"cluster.endpoint_public_cidrs": ["0.0.0.0/0"]}, "cluster.endpoint_public_cidrs", "cluster-access"),
        (
            {"cluster.endpoint_public_cidrs": ["128.0.0.0/1"]},
            "cluster.endpoint_public_cidrs",
            "cluster-access",
        ),
        ({"cluster.service_cidr": "10.20.0.0/20"}, "cluster.service_cidr", "overlaps the VPC"),
        ({"cluster.service_cidr": "172.20.0.0/28"}, "cluster.service_cidr", "between /12 and /24"),
        ({"cluster.addons": {"core-dns": "v1.13.2-eksbuild.11"}}, "cluster.addons.core-dns", "`coredns`"),
        ({"cluster.addons": {"coredns": "latest"}}, "cluster.addons.coredns", "no version of an add-on"),
        ({"cluster.version": "1.36"}, "cluster.addons", "Name a version of vpc-cni"),
        ({f"{GENERAL}.capacity": "SPOT"}, f"{GENERAL}.capacity", "Write 'spot'"),
        ({f"{ORDER}.capacity": "ON_DEMAND"}, f"{ORDER}.capacity", "Write 'on-demand'"),
        ({f"{GENERAL}.capacity": "cheap"}, f"{GENERAL}.capacity", "Write 'on-demand' or 'spot'"),
        (
            {f"{GENERAL}.instance_types": ["m6i.lage"]},
            f"{GENERAL}.instance_types",
            "Did you mean `m6i.large`?",
        ),
        ({f"{GENERAL}.instance_types": []}, f"{GENERAL}.instance_types", "Name at least one"),
        ({f"{GENERAL}.instance_types": ["m7g.large"]}, f"{GENERAL}.instance_types", "node-arch"),
        ({f"{GENERAL}.max": 2}, f"{GENERAL}.max", "less than 3"),
        ({f"{GENERAL}.release_version": "1.33.5-20251120"}, f"{GENERAL}.release_version", "Kubernetes 1.35"),
        ({f"{ORDER}.arch": "arm64"}, ORDER, "node-label"),
    ],
)
def test_a_mistake_is_one_problem_with_its_key(changes: Changes, key: str, words: str) -> None:
    (found,) = refused(changes)
    assert found.startswith(f"plinth:{key}: ")
    assert words in found
    assert found.endswith((".", "?"))


def test_a_section_without_a_value_says_nothing() -> None:
    """Pulumi makes an empty text of it: all its keys may be comments."""
    assert accepted({"ingress": ""}).ingress is None
    assert "plinth:network: is missing" in refused({"network": ""})[0]


@pytest.mark.parametrize(
    ("subnets", "key", "words"),
    [
        ({"data": ["10.20.0.0/24"] * 3}, "data", "overlaps"),
        ({"data": ["10.9.0.0/24", "10.9.1.0/24", "10.9.2.0/24"]}, "data", "outside the VPC"),
        ({"data": ["10.20.48.0/24"]}, "data", "1 subnets for 3 zones"),
        ({"data": ["10.20.48.0/28", "10.20.49.0/24", "10.20.50.0/24"]}, "data", "Write a /27 or larger"),
    ],
)
def test_explicit_subnets_are_checked(subnets: dict[str, Any], key: str, words: str) -> None:
    right = {
        "public": ["10.20.16.0/24", "10.20.17.0/24", "10.20.18.0/24"],
        "private": ["10.20.32.0/24", "10.20.33.0/24", "10.20.34.0/24"],
        "data": ["10.20.48.0/24", "10.20.49.0/24", "10.20.50.0/24"],
    }
    plan = accepted({"network.subnets": right}).network.plan
    assert [str(subnet.cidr) for subnet in plan.subnets] == [
        *right["public"],
        *right["private"],
        *right["data"],
    ]
    found = refused({"network.subnets": right | subnets})
    assert any(line.startswith(f"plinth:network.subnets.{key}: ") and words in line for line in found)


def test_all_problems_are_shown_at_once() -> None:
    found = refused(
        {
            "netwrok": {},
            f"{ORDER}.replica": 2,
            f"{GENERAL}.capacity": "Spot",
            "network.zones": ["us-east-1a", "us-east-1b"],
            "services.cart-service.database": "user_service",
        }
    )
    assert {line.split(": ")[0] for line in found} == {
        "plinth:netwrok",
        f"plinth:{ORDER}.replica",
        f"plinth:{GENERAL}.capacity",
        "plinth:network.zones",
        "plinth:services.user-service.database",
    }


def test_a_required_key_that_is_misspelt_is_one_problem() -> None:
    (found,) = refused({f"{ORDER}.replicas": REMOVED, f"{ORDER}.replicsa": 2})
    assert found == f"plinth:{ORDER}.replicsa: no such key, so it would be ignored. Did you mean `replicas`?"


def test_a_typo_does_not_hide_what_is_too_much() -> None:
    found = refused({f"{ORDER}.replica": 2, "services.cart-service.replicas": 1000})
    assert [line.split(": ")[0] for line in found] == [
        f"plinth:{ORDER}.replica",
        "plinth:cluster.node_groups",
        "plinth:database.instances.class",
    ]


def test_the_region_is_named_as_it_is_written() -> None:
    assert refused({"region": REMOVED})[0].startswith("aws:region: is missing")
    (found,) = refused({"region": "ap-northest-2"})
    assert found.startswith("aws:region: 'ap-northest-2' is no AWS region")
    assert "`ap-northeast-2`" in found


def test_a_service_name_is_checked() -> None:
    service = {"replicas": 1, "requests": {"cpu": "50m", "memory": "64Mi"}}
    (found,) = refused({"services.Order_Service": service})
    assert found.startswith("plinth:services.Order_Service: ")


def test_nothing_of_pydantic_is_shown() -> None:
    with pytest.raises(SettingsError) as refusal:
        load({"network": 1, "services": {"x": {"replicas": []}}}, source="Pulumi.x.yaml")
    text = str(refusal.value)
    assert refusal.value.__cause__ is None
    assert not any(
        word in text.lower()
        for word in ("traceback", "pydantic", "validation", "function-after", "errors.py")
    )
