"""What a person may write for the way in from the internet, and what a mistake says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.drain import drain
from settings.ingress import LAST_PRIORITY, MOST_NAMES, IngressSettings, Route, priorities
from tests.settings.files import REMOVED, accepted, refused

WEB = {"port": 8080, "health": {"live": "/livez", "ready": "/readyz"}, "replicas": 1,
       "requests": {"cpu": "50m", "memory": "64Mi"}}  # fmt: skip

DOMAIN = {"domain": "example.com"}


def ingress(hosts: Mapping[str, Any], **more: Any) -> IngressSettings:
    return IngressSettings.model_validate({**DOMAIN, "hosts": hosts, **more})


def test_routes_are_of_full_names_and_sorted():
    settings = ingress({"www": {"/": "web", "/api": "api"}, "@": "web"})
    assert settings.host_names == ["example.com", "www.example.com"]
    assert settings.routes == [
        Route("example.com", "/", "web"),
        Route("www.example.com", "/", "web"),
        Route("www.example.com", "/api", "api"),
    ]
    assert settings.services == ["api", "web"]


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"ingress.hosts": {}}, "ingress.hosts", "Name at least one"),
        ({"ingress.hosts": {"www": {}}}, "ingress.hosts.www", "Name at least one"),
        ({"ingress.hosts": {"api.example.com": "api-gateway"}}, "ingress.hosts.api.example.com", "first label alone"),
        ({"ingress.hosts": {"Api": "api-gateway"}}, "ingress.hosts.Api", "no single label"),
        ({"ingress.hosts": {"api": "api-gatewya"}}, "ingress.hosts.api", "Did you mean `api-gateway`?"),
        ({"ingress.hosts": {"api": {"/": "api-gateway", "/x": "nobody"}}}, "ingress.hosts.api./x", "no service"),
        ({"ingress.hosts": {"api": {"api": "api-gateway"}}}, "ingress.hosts.api.api", "no path below a host"),
        ({"ingress.hosts": {"api": {"/a/": "api-gateway"}}}, "ingress.hosts.api./a/", "final slash"),
        ({"ingress.hosts": {"api": {"/a/b/c/d/e": "api-gateway"}}}, "ingress.hosts.api./a/b/c/d/e", "more than 4 names"),
        ({"ingress.hosts": {"api": {f"/{'a' * 126}": "api-gateway"}}}, f"ingress.hosts.api./{'a' * 126}", "127 characters"),
        (
            {"services.web": {"port": 80, "replicas": 1, "requests": WEB["requests"]}, "ingress.hosts": {"www": "web"}},
            "ingress.hosts.www", "does not say where it is healthy",
        ),
        ({"services.api-gateway.port": REMOVED, "services.api-gateway.health": REMOVED}, "ingress.hosts.api", "no port"),
        ({"ingress.domain": "example.org"}, "ingress.domain", "not in the zone example.com"),
        ({"dns": REMOVED, "content": REMOVED, "services": {"web": WEB}, "ingress": {**DOMAIN, "hosts": {"www": "web"}}},
         "ingress.domain", "Add `dns`"),
        ({"ingress.hosts": {"cdn": "api-gateway"}}, "ingress.hosts", "cdn.example.com is content.domain too"),
        ({"ingress.hosts": {"api": {f"/{n}": "api-gateway" for n in range(101)}}}, "ingress.hosts", "101 routes"),
        ({"ingress.log_retention_days": 0}, "ingress.log_retention_days", "at least 1"),
        (
            {"services.user-service.auth_paths": [f"/api/v1/authentication/{n:02}" for n in range(20)]},
            "services.user-service.auth_paths", "Name a common beginning",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_problem_with_its_key(changes: Mapping[str, Any], key: str, words: str):
    (found,) = refused(changes)
    assert found.startswith(f"plinth:{key}: ")
    assert words in found
    assert found.endswith((".", "?"))


def test_production_with_nothing_but_an_ingress_is_watched_too():
    found = refused({"alarms": REMOVED, "database": REMOVED, "cache": REMOVED, "services": {"web": WEB},
                     "ingress": {"domain": "example.com", "hosts": {"www": "web"}}})  # fmt: skip
    assert [item.partition(": ")[0] for item in found] == ["plinth:alarms"]


def test_paths_of_services_behind_others_count():
    changes = {
        "services.user-service.auth_paths": ["/api/v1/users/login"],
        "services.auth-service.auth_paths": ["/auth"],
    }
    assert accepted(changes).auth_paths == ["/api/v1/users/login", "/auth"]


names = st.lists(st.sampled_from("abc"), max_size=MOST_NAMES).map(lambda parts: "/" + "/".join(parts))
routes = st.sets(st.builds(Route, st.sampled_from(["a.example.com", "example.com"]), names, st.just("web")))


@given(routes)
def test_a_longer_path_comes_first_and_no_number_is_taken_twice(found: set[Route]):
    numbers = priorities(list(found))
    assert set(numbers) == found
    assert len(set(numbers.values())) == len(found)
    assert all(1 <= number <= LAST_PRIORITY for number in numbers.values())
    for one in found:
        for other in found:
            if (
                one.host == other.host
                and other.path.startswith(f"{one.path.removesuffix('/')}/")
                and other != one
            ):
                assert numbers[other] < numbers[one]


def test_a_new_route_moves_no_other():
    before = [Route(f"{label}.example.com", "/", "web") for label in ("api", "www")]
    after = [Route("aaa.example.com", "/", "web"), *before, Route("www.example.com", "/api", "web")]
    assert priorities(before).items() <= priorities(after).items()


def test_of_two_routes_with_one_number_the_second_takes_the_next():
    """Among so many hosts some have the same."""
    many = [Route(f"h{number}.example.com", "/", "web") for number in range(400)]
    numbers = priorities(many)
    alone = {route: priorities([route])[route] for route in many}
    assert len(set(alone.values())) < len(set(numbers.values())) == len(many)
    assert {numbers[route] - alone[route] for route in many} >= {0, 1}


@pytest.mark.parametrize("seconds", [5, 20, 60])
def test_a_pod_sleeps_through_its_drain_and_lives_longer(seconds: int):
    """What the rule `deregistration-delay` asks for."""
    found = drain(seconds)
    assert found.deregistration_delay == seconds
    assert found.pre_stop_sleep >= max(seconds, 5)
    assert found.grace_period > found.pre_stop_sleep


def test_each_number_follows_from_the_drain_time():
    for one, other in pairwise([5, 20, 60]):
        assert all(before < after for before, after in zip(drain(one), drain(other), strict=True))
