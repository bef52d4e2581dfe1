"""Amazon Managed Service for Prometheus in the stack file: off unless said, and within what AWS takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.settings.files import accepted, refused

KEY = "cluster.managed_prometheus"


@pytest.mark.parametrize(
    ("said", "interval", "days"),
    [
        ({}, 30, 150),
        ({"scrape_interval_seconds": 120, "retention_days": 1095}, 120, 1095),
    ],
)
def test_what_is_not_said_is_as_aws_has_it(said: Any, interval: int, days: int) -> None:
    found = accepted({KEY: said}).cluster.managed_prometheus
    assert found
    assert (found.scrape_interval_seconds, found.retention_days) == (interval, days)


@pytest.mark.parametrize("stack", ["prod", "dev"])
def test_the_examples_have_none(stack: str) -> None:
    assert accepted({}, stack).cluster.managed_prometheus is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"scrape_interval_seconds": 15}, ("managed_prometheus.scrape_interval_seconds", "15", "30")),
        ({"scrape_interval_seconds": 121}, ("managed_prometheus.scrape_interval_seconds", "121", "120")),
        ({"retention_days": 0}, ("managed_prometheus.retention_days", "0", "1")),
        ({"retention_days": 2000}, ("managed_prometheus.retention_days", "2000", "1095")),
        ({"retention": 90}, ("managed_prometheus.retention: no such key", "Did you mean `retention_days`?")),
        (True, ("cluster.managed_prometheus: true", "Write")),
    ],
)  # fmt: skip
def test_what_is_refused(said: Any, words: tuple[str, ...]) -> None:
    (found,) = refused({KEY: said})
    assert all(word in found for word in words), found
