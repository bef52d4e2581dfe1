"""`plinth check --against`: what an API server would not let change of what is deployed."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from plinth.immutability import refused_changes
from plinth.manifests import read_manifests

POD = {"containers": [{"name": "app", "image": "registry.example.com/app:1a2b3c4d"}]}
TEMPLATE = {"metadata": {"labels": {"app": "shop"}}, "spec": POD}
SELECTOR = {"matchLabels": {"app": "shop"}}

DEPLOYED: dict[str, dict[str, Any]] = {
    "Deployment": {"apiVersion": "apps/v1", "spec": {"replicas": 2, "selector": SELECTOR, "template": TEMPLATE}},
    "StatefulSet": {
        "apiVersion": "apps/v1",
        "spec": {"serviceName": "shop", "selector": SELECTOR, "template": TEMPLATE, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
    },
    "Job": {"apiVersion": "batch/v1", "spec": {"template": TEMPLATE, "activeDeadlineSeconds": 60}},
    "PersistentVolumeClaim": {
        "apiVersion": "v1",
        "spec": {"storageClassName": "gp3", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    },
    "RoleBinding": {"apiVersion": "rbac.authorization.k8s.io/v1", "roleRef": {"kind": "Role", "name": "a"}, "subjects": []},
    "Secret": {"apiVersion": "v1", "type": "Opaque"},
    "ConfigMap": {"apiVersion": "v1", "data": {"a": "1"}, "immutable": True},
}  # fmt: skip


def written(folder: Path, *objects: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return folder


def made(kind: str, *path: Any, value: Any = None, **metadata: Any) -> dict[str, Any]:
    """The deployed object of `kind`, with `value` at `path`."""
    found = copy.deepcopy({"kind": kind, "metadata": {"name": "shop", **metadata}, **DEPLOYED[kind]})
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    if path:
        place[path[-1]] = value
    return found


def refused(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = (
        read_manifests([written(tmp_path / name, each)]) for name, each in (("old", old), ("new", new))
    )
    return [fault.text for _, fault in refused_changes(before, after)]


@pytest.mark.parametrize(
    ("kind", "path", "value", "words"),
    [
        ("Job", ("spec", "template", "spec", "containers", 0, "image"), "b", "spec.template: Invalid value: {...}: field is immutable"),
        ("Deployment", ("spec", "selector", "matchLabels"), {"app": "b"}, "spec.selector: Invalid value: {...}: field is immutable"),
        ("StatefulSet", ("spec", "serviceName"), "b", "updates to statefulset spec for fields other than 'replicas'"),
        ("StatefulSet", ("spec", "volumeClaimTemplates"), None, "updates to statefulset spec for fields other than 'replicas'"),
        ("PersistentVolumeClaim", ("spec", "storageClassName"), "io2", "spec is immutable after creation except resources.requests"),
        ("RoleBinding", ("roleRef", "name"), "b", "roleRef: Invalid value: {...}: cannot change roleRef"),
        ("Secret", ("type",), "kubernetes.io/tls", "type: Invalid value: {...}: field is immutable"),
        ("ConfigMap", ("data", "a"), "2", "data: Forbidden: field is immutable when `immutable` is set"),
    ],
)  # fmt: skip
def test_what_stays_as_it_was_made(
    tmp_path: Path, kind: str, path: tuple[Any, ...], value: Any, words: str
) -> None:
    (found,) = refused(tmp_path, made(kind), made(kind, *path, value=value))
    assert words in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (made("Deployment"), made("Deployment", "spec", "template", "spec", "containers", 0, "image", value="b")),
        (made("Deployment"), made("Deployment", "spec", "paused", value=None)),
        (made("StatefulSet"), made("StatefulSet", "spec", "replicas", value=3)),
        (made("Job"), made("Job", "spec", "activeDeadlineSeconds", value=90)),
        (made("Job"), made("Job", "spec", "template", value={}, name="shop-2")),
        (made("Job"), made("Job", "spec", "template", value={}, namespace="other")),
        (made("Job"), made("Job", "spec", "template", value={}, annotations={"helm.sh/hook": "post-install"})),
        (made("Job"), made("Job", "spec", "template", value={}, annotations={"argocd.argoproj.io/sync-options": "Replace=true,Force=true"})),
        (made("PersistentVolumeClaim"), made("PersistentVolumeClaim", "spec", "resources", "requests", "storage", value="2Gi")),
        (made("ConfigMap", "immutable", value=False), made("ConfigMap", "data", "a", value="2")),
    ],
)  # fmt: skip
def test_what_may_change(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert not refused(tmp_path, old, new)


def test_the_command_says_where(tmp_path: Path) -> None:
    old = written(tmp_path / "old", made("Deployment"))
    new = written(tmp_path / "new", made("Deployment", "spec", "selector", "matchLabels", value={"app": "b"}))
    command = [sys.executable, "-m", "plinth", "check", str(new), "--against", str(old)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if "field is immutable" in line]
    assert line.startswith(f"{new / 'all.yaml'}:")
    assert "Deployment 'shop': spec.selector: " in line
    assert "Delete the deployed one first" in line
