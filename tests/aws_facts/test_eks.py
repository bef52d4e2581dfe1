"""The pins: of the Kubernetes version under which they stand."""

from __future__ import annotations

import re

import pytest

from aws_facts.eks import ADDON_VERSIONS, ADDONS, KUBERNETES_VERSIONS, NODE_RELEASES


@pytest.mark.parametrize("version", ADDON_VERSIONS)
def test_every_addon_has_a_pin(version: str) -> None:
    pins = ADDON_VERSIONS[version]
    assert set(pins) == set(ADDONS)
    assert pins["kube-proxy"].startswith(f"v{version}.")
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", pin) for pin in pins.values())


def test_every_kubernetes_version_has_a_node_image() -> None:
    assert tuple(NODE_RELEASES) == KUBERNETES_VERSIONS
    assert set(ADDON_VERSIONS) <= set(KUBERNETES_VERSIONS)
    assert all(re.fullmatch(rf"{version}\.\d+-\d{{8}}", image) for version, image in NODE_RELEASES.items())
