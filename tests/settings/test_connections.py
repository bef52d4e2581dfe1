"""The connection budgets, by hand and for any stack that is accepted (incident connection-budget)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settings import SettingsError
from settings.cache import CacheSettings
from settings.connections import (
    MAX_POOL,
    MIN_POOL,
    ConnectionBudget,
    cache_connection_budget,
    cache_connection_problems,
    connection_budget,
    connection_problems,
    max_connections,
)
from settings.database import DatabaseSettings
from settings.service import Service
from tests.settings.files import accepted, refused

TINY = {"serverless": {"min_acu": 0.5, "max_acu": 1}}  # 189 connections


def database(**size: Any) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"version": "17.4", **size})


def cache(node_type: str) -> CacheSettings:
    return CacheSettings.model_validate({"version": "8.0", "node_type": node_type})


def service(replicas: Any, **more: Any) -> dict[str, Any]:
    return {"replicas": replicas, "requests": {"cpu": "1m", "memory": "4Mi"}, **more}


def cached(replicas: Any, **more: Any) -> dict[str, Any]:
    return service(replicas, needs=["redis"], **more)


def services(**declared: dict[str, Any]) -> dict[str, Service]:
    return {name: Service.model_validate(value) for name, value in declared.items()}


def pools(budget: ConnectionBudget) -> dict[str, int]:
    return {share.service: share.pool for share in budget.shares}


@pytest.mark.parametrize(
    ("size", "connections"),
    [
        ({"instances": {"class": "db.t4g.medium"}}, 405),
        ({"instances": {"class": "db.r6g.large", "count": 3}}, 1722),
        ({"serverless": {"min_acu": 1, "max_acu": 16}}, 3360),
        ({"serverless": {"min_acu": 0, "max_acu": 16}}, 2000),
        ({"instances": {"class": "db.r6g.large"}, "parameters": {"max_connections": "500"}}, 500),
        (
            {
                "instances": {"class": "db.r6g.large"},
                "parameters": {"max_connections": "500"},
                "instance_parameters": {"max_connections": "300"},
            },
            300,
        ),
        ({"serverless": {"min_acu": 0, "max_acu": 4}, "parameters": {"max_connections": "3000"}}, 2000),
    ],
)
def test_the_limit_is_the_size_of_one_server_or_what_a_parameter_says(
    size: dict[str, Any], connections: int
) -> None:
    assert max_connections(database(**size)) == connections


def test_a_budget_by_hand() -> None:
    found = connection_budget(
        database(**TINY),
        services(
            orders=service(4, database=True),
            payments=service({"min": 1, "max": 2}, database=True, pool=7),
            worker=service(9),
        ),
    )
    # 4 + 1 and 2 + 1 pods; a bootstrap and 2 migrations of 2 connections; 3 + 2 that PostgreSQL reserves, 10 for people.
    assert [(share.service, share.pods) for share in found.shares] == [("orders", 5), ("payments", 3)]
    assert (found.limit, found.jobs, found.reserve) == (189, 1 + 2 * 2, 3 + 2 + 10)
    # What is left for the 5 pods of orders: (189 - 5 - 15 - 3 * 7) / 5 = 29, which is more than a pod needs.
    assert pools(found) == {"orders": MAX_POOL, "payments": 7}
    assert found.wanted == 5 * 10 + 3 * 7 + 5 + 15


def test_pools_shrink_with_the_share() -> None:
    many = services(**{f"shop_{number}": service(4, database=True) for number in range(7)})
    # (189 - 15 - 15) / 35
    assert set(pools(connection_budget(database(**TINY), many)).values()) == {4}


def test_what_a_parameter_reserves_is_not_shared_out() -> None:
    reserving = database(**TINY, parameters={"rds.rds_superuser_reserved_connections": "30"})
    assert connection_budget(reserving, {}).reserve == 3 + 30 + 10


def test_pools_that_are_said_and_too_large() -> None:
    (found,) = refused(
        {"database": {"version": "17.4", **TINY}, "services": {"orders": service(40, database=True, pool=20)}}
    )
    assert found.startswith("plinth:database.serverless.max_acu: 0.5 to 1 ACU takes 189 connections")
    # 50 pods x 20, 3 for jobs, 15 kept free.
    assert "1018 are wanted: 1000 by 1 services" in found
    assert "Most want: orders 50 pods x 20." in found
    assert "connection-budget" in found


def test_too_many_pods_for_the_smallest_pool() -> None:
    (found,) = refused(
        {
            "database": {"version": "17.4", "instances": {"class": "db.t4g.medium"}},
            "services": {f"shop-{number}": service(20, database=True) for number in range(10)},
        }
    )
    # 250 pods x 2, 21 for jobs, 15 kept free.
    assert found.startswith("plinth:database.instances.class: db.t4g.medium takes 405 connections, and 536 ")


@pytest.mark.parametrize(
    ("size", "key"),
    [
        ({"instances": {"class": "db.t4g.medium"}}, "database.instances.class"),
        (TINY, "database.serverless.max_acu"),
        ({"serverless": {"min_acu": 0, "max_acu": 64}}, "database.serverless.min_acu"),
        ({**TINY, "parameters": {"max_connections": "99"}}, "database.parameters.max_connections"),
        ({**TINY, "instance_parameters": {"max_connections": "99"}}, "database.instance_parameters.max_connections"),
    ],
)  # fmt: skip
def test_the_key_is_what_the_limit_comes_from(size: dict[str, Any], key: str) -> None:
    (found,) = connection_problems(database(**size), services(a=service(1000, database=True)))
    assert found.key == key


@pytest.mark.parametrize("value", ["LEAST({DBInstanceClassMemory/9531392},5000)", "-1", "262144", ""])
@pytest.mark.parametrize("section", ["parameters", "instance_parameters"])
def test_a_limit_that_nobody_can_tell_is_refused(section: str, value: str) -> None:
    (found,) = connection_problems(database(**TINY, **{section: {"max_connections": value}}), {})
    assert found.key == f"database.{section}.max_connections"
    assert "is no number" in found.text


def test_a_pool_without_a_database_is_refused() -> None:
    (found,) = refused({"services.api-gateway.pool": 5})
    assert found.startswith("plinth:services.api-gateway: pool 5 without a database")


def test_cache_connections_without_the_cache_are_refused() -> None:
    (found,) = refused({"services.admin-service.cache_connections": 5})
    assert found.startswith("plinth:services.admin-service: cache_connections 5 without the cache")


def test_cache_connections_of_services_that_need_it_count_against_one_node() -> None:
    some = services(
        a=cached(4, cache_connections=20), b=cached(2), c=cached(8, cache_connections=0), d=service(8)
    )
    found = cache_connection_budget(cache("cache.t4g.micro"), some)
    assert (found.limit, found.wanted) == (20000, 5 * 20 + 3 * 10 + 50)
    assert [share.service for share in found.shares] == ["a", "b"]


def test_too_many_cache_connections() -> None:
    many = services(a=cached(100, cache_connections=160))
    assert not list(cache_connection_problems(cache("cache.t3.medium"), many))
    (found,) = cache_connection_problems(cache("cache.t4g.micro"), many)
    assert found.key == "cache.node_type"
    # 125 pods x 160 and 50 kept free
    assert "takes 20000 connections, and 20050 are wanted" in found.text


@st.composite
def sizes(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        classes = st.sampled_from(["db.t4g.medium", "db.t3.large", "db.r6g.large"])
        return {"instances": {"class": draw(classes), "count": draw(st.integers(1, 3))}}
    low = draw(st.sampled_from([0, 0.5, 1, 2]))
    return {"serverless": {"min_acu": low, "max_acu": draw(st.integers(2, 16)) / 2 + low}}


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Any]:
    return {
        f"shop-{number}": cached(
            draw(st.integers(0, 12)),
            cache_connections=draw(st.sampled_from([0, 1, 50, 900])),
            **draw(st.sampled_from([{}, {"database": True}, {"database": True, "pool": 1}, {"database": True, "pool": 40}])),
        )
        for number in range(draw(st.integers(0, 12)))
    }  # fmt: skip


@given(sizes(), shops())
def test_what_is_accepted_never_exceeds_its_servers(size: dict[str, Any], declared: dict[str, Any]) -> None:
    """Written a second way: every pod of a rolling update with its pool full, and the reserve that PostgreSQL keeps."""
    node = {"version": "8.0", "node_type": "cache.t4g.micro"}
    try:
        stack = accepted(
            {"database": {"version": "17.4", **size}, "cache": node, "services": declared, "cluster.node_groups": ROOMY}
        )  # fmt: skip
    except SettingsError:
        return
    assert stack.database
    assert stack.cache
    each = pools(connection_budget(stack.database, stack.services))
    pods = {name: math.ceil(value["replicas"] * 1.25) for name, value in declared.items()}
    held = sum(pods[name] * pool for name, pool in each.items())
    assert held <= max_connections(stack.database) - 3 - 2
    assert sum(pods[name] * declared[name]["cache_connections"] for name in declared) <= 20000


ROOMY = {"general": {"capacity": "on-demand", "instance_types": ["m6i.4xlarge"], "min": 10, "max": 10}}


@settings(max_examples=2 * settings.default.max_examples)
@given(sizes(), shops())
def test_computed_pools_are_as_large_as_they_can_be(size: dict[str, Any], declared: dict[str, Any]) -> None:
    sized, all_services = database(**size), services(**declared)
    budget = connection_budget(sized, all_services)
    computed = {share.pool for share in budget.shares if not share.said}
    sharing = sum(share.pods for share in budget.shares if not share.said)
    assert bool(list(connection_problems(sized, all_services))) is (budget.wanted > budget.limit)
    assert len(computed) <= 1
    for pool in computed:
        assert MIN_POOL <= pool <= MAX_POOL
        assert pool == MIN_POOL or budget.fits
        assert pool == MAX_POOL or budget.wanted + max(sharing, 1) > budget.limit
