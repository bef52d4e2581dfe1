"""Quantities as Kubernetes reads them."""

from __future__ import annotations

import pytest

from aws_facts.quantities import mebibytes, millicores, parse_quantity


@pytest.mark.parametrize(
    ("written", "cpu"), [("250m", 250), ("1", 1000), ("0.5", 500), (".5", 500), ("1.5m", 2), ("2.", 2000)]
)
def test_cpu_is_rounded_up_to_millicores(written: str, cpu: int) -> None:
    assert millicores(written) == cpu


@pytest.mark.parametrize(
    ("written", "memory"), [("256Mi", 256), ("1Gi", 1024), ("0.5Gi", 512), ("128M", 123), ("5000k", 5)]
)
def test_memory_is_rounded_up_to_mebibytes(written: str, memory: int) -> None:
    assert mebibytes(written) == memory


@pytest.mark.parametrize("written", ["50 m", "250m\n", "", ".", "-", "1.2.3", "1GiB", "256mb", "m", "1,5"])
def test_what_is_no_quantity(written: str) -> None:
    assert parse_quantity(written) is None
