"""`gitops-drift` on plain programs: Argo CD Applications as custom resources."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import Graph, Resource
from incidents.rule import Verdict
from incidents.rules.gitops_drift import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.previews import failed, preview, undecided
from tests.policies.stacks import findings, resource, verdict

AUTOMATED = {"prune": True, "selfHeal": True}
COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"


def application(revision: Any = "v1.4.2", automated: Any = AUTOMATED, **spec: Any) -> Resource:
    source = {"repoURL": "https://git.example.com/shop.git", "targetRevision": revision}
    said = {"source": source, "syncPolicy": {"automated": automated}, **spec}
    props = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": said}
    return resource("kubernetes:argoproj.io/v1alpha1:Application", "shop", props)


@pytest.mark.parametrize(
    "revision",
    [
        "v1.4.2",
        "1.4.2",
        "shop-2.0.1",
        "1.4.2-rc.1",
        "release/2.3",
        "2026-03-01",
        COMMIT,
        COMMIT[:7],
        "chart/v10.2.0+build",
    ],
)
def test_a_tag_a_version_or_a_commit_is_pinned(revision: str) -> None:
    assert verdict(RULE, application(revision)) is Verdict.PASS


@pytest.mark.parametrize("revision", [None, "", "HEAD", "main", "master", "refs/heads/release", "1.*", "^1.2.0", ">=1.0.0", "1.x", "~1.2"])  # fmt: skip
def test_a_branch_or_a_range_floats(revision: str | None) -> None:
    found = findings(RULE, application(revision))["shop"]
    assert found.verdict is Verdict.FAIL
    assert (f"'{revision}'" if revision else "HEAD") in found.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (application(automated=None), Verdict.FAIL),
        (application(automated={}), Verdict.FAIL),
        (application(automated={"prune": True}), Verdict.FAIL),
        (application(automated={**AUTOMATED, "enabled": False}), Verdict.FAIL),
        (application(automated={"selfHeal": True, "enabled": True}), Verdict.PASS),
        (application(automated=UNKNOWN), Verdict.UNKNOWN),
        (application(revision=UNKNOWN), Verdict.UNKNOWN),
        (application(revision="{{revision}}"), Verdict.UNKNOWN),
        (application(revision="green"), Verdict.UNKNOWN),
        (
            application(source=None, sources=[{"targetRevision": "1.2.3"}, {"targetRevision": "v2.0"}]),
            Verdict.PASS,
        ),
        (application(source=None, sources=[{"targetRevision": "1.2.3"}, {"ref": "values"}]), Verdict.FAIL),
    ],
)
def test_sync_and_sources(subject: Resource, expected: Verdict) -> None:
    assert verdict(RULE, subject) is expected


def test_an_application_of_another_kind_is_none() -> None:
    props = {"apiVersion": "app.k8s.io/v1beta1", "kind": "Application", "spec": {}}
    assert findings(RULE, resource("kubernetes:app.k8s.io/v1beta1:Application", "other", props)) == {}


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, [None], {"a": None}, [[1]], UNKNOWN])
def test_shapes_of_any_kind_are_survived(nonsense: Any) -> None:
    for case in (application(nonsense), application(automated=nonsense), application(source=nonsense), application(sources=nonsense)):  # fmt: skip
        assert not [found for found in RULE.check(Graph([case])) if "itself failed" in found.text]


BASE = """
import pulumi_kubernetes as kubernetes

in_cluster = kubernetes.Provider("k", kubeconfig="{}")
SYNC = {"automated": {"prune": True, "selfHeal": True}, "retry": {"limit": 5}}

def application(name, revision, sync=SYNC, kind="Application"):
    spec = {"project": "shop", "destination": {"name": "in-cluster", "namespace": "shop"}, "syncPolicy": sync,
            "source": {"repoURL": "https://git.example.com/shop.git", "path": "chart", "targetRevision": revision}}
    if kind == "ApplicationSet":
        spec = {"generators": [{"list": {"elements": [{"name": "a"}]}}],
                "template": {"metadata": {"name": "{{name}}"}, "spec": spec}}
    kubernetes.apiextensions.CustomResource(
        name, api_version="argoproj.io/v1alpha1", kind=kind, metadata={"name": name, "namespace": "argocd"}, spec=spec,
        opts=__import__("pulumi").ResourceOptions(provider=in_cluster))
"""
WRONG = {
    "head": 'application("head", "HEAD")',
    "branch": 'application("branch", "main")',
    "by-hand": 'application("by-hand", "v1.0.0", {})',
    "unhealed": 'application("unhealed", "v1.0.0", {"automated": {"prune": True}})',
    "set": 'application("set", "HEAD", kind="ApplicationSet")',
}
RIGHT = {
    "pinned": 'application("pinned", "v1.0.0")',
    "commit": f'application("commit", "{COMMIT}")',
    "pinned-set": 'application("pinned-set", "2.1.0", kind="ApplicationSet")',
}
UNKNOWNS = {"named": 'application("named", "green")'}


@pytest.mark.engine
def test_every_case_on_the_engine(make_rehearsal: Any) -> None:
    result = preview(make_rehearsal, BASE, [*WRONG.values(), *RIGHT.values(), *UNKNOWNS.values()])
    assert failed(result, RULE) == set(WRONG)
    assert undecided(result, RULE) == set(UNKNOWNS)
