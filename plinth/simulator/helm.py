"""Helm releases as the Kubernetes provider makes them: no object of the API, but one resource for a whole chart.

Source: pulumi-kubernetes, `provider/pkg/provider/helm_release.go` (a made-up name is the logical one and hex digits; another
name or namespace is another release, and the old one goes last). The chart itself is not rendered: a rehearsal downloads
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.creation import Creation, Kind

RELEASE = "kubernetes:helm.sh/v3:Release"

REPLACING = ("name", "namespace")


def release_id(creation: Creation) -> str:
    return "/".join(filter(None, (creation.inputs.get("namespace"), creation.inputs.get("name"))))


def deployed(creation: Creation, _id: str) -> Mapping[str, Any]:
    """What Helm says of a release that has come up."""
    said = creation.inputs
    status = {
        "name": said.get("name"),
        "namespace": said.get("namespace", "default"),
        "chart": said.get("chart"),
        "version": said.get("version"),
        "revision": 1,
        "status": "deployed",
    }
    return {"status": status}


KIND = Kind(release_id, deployed, autoname="name", fills=False)
