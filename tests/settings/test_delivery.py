"""`plinth:delivery`: what is delivered by Argo CD is pinned (incident gitops-drift)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.graph import Resource
from incidents.rule import Verdict
from incidents.rules.gitops_drift import judge
from settings.capacity import ARGOCD_PODS, budgets
from settings.delivery import COMMIT, VERSION
from tests.settings.files import accepted, refused

URL = "https://git.example.com/shop/charts.git"


def argocd(**said: Any) -> dict[str, Any]:
    return {"delivery": {"argocd": {"repository": URL, "revision": "v1.4.0", **said}}}


def test_the_stack_delivers_unless_it_says_otherwise() -> None:
    assert accepted({}).argocd is None
    assert accepted({"delivery": "pulumi"}).argocd is None


def test_a_service_has_its_own_chart_and_revision_or_the_common_one() -> None:
    said = accepted(argocd(revisions={"order-service": "0123abc"})).argocd
    assert said
    assert (said.revision_of("order-service"), said.revision_of("cart-service")) == ("0123abc", "v1.4.0")
    assert said.path_of("order-service") == "charts/order-service"
    shared = accepted(argocd(path="chart")).argocd
    assert shared
    assert shared.path_of("order-service") == "chart"


@pytest.mark.parametrize(
    ("said", "key", "word"),
    [
        ({"revision": "HEAD"}, ".revision", "gitops-drift"),
        ({"revision": "main"}, ".revision", "gitops-drift"),
        ({"revision": "v1"}, ".revision", "gitops-drift"),
        ({"revision": "1.4.x"}, ".revision", "gitops-drift"),
        ({"revision": "^1.4.0"}, ".revision", "gitops-drift"),
        ({"revisions": {"order-service": "release"}}, ".revisions.order-service", "gitops-drift"),
        ({"revisions": {"orders-service": "v1.4.0"}}, ".revisions.orders-service", "`order-service`"),
        ({"revision": None}, ".revisions", "has none for api-gateway, admin-service"),
        ({"repository": "https://token@git.example.com/charts.git"}, ".repository", "credentials"),
        ({"repository": "git.example.com/charts"}, ".repository", "no address"),
        ({"path": "/charts"}, ".path", "below the root"),
        ({"path": "../charts"}, ".path", "below the root"),
        ({"path": "charts/{name}"}, ".path", "below the root"),
        ({"project": "default"}, ".project", "Argo CD's own"),
        ({"repositry": URL}, ".repositry", "no such key"),
    ],
)
def test_what_would_float_or_find_nothing_is_refused(said: dict[str, Any], key: str, word: str) -> None:
    found = [text for text in refused(argocd(**said)) if text.startswith(f"plinth:delivery.argocd{key}: ")]
    assert any(word in text for text in found), refused(argocd(**said))


@pytest.mark.parametrize(("said", "word"), [("argocd", "where the chart is"), ("flux", "pulumi")])
def test_a_word_alone_is_no_place_of_a_chart(said: str, word: str) -> None:
    (found,) = refused({"delivery": said})
    assert found.startswith("plinth:delivery: ")
    assert word in found


@given(st.from_regex(VERSION, fullmatch=True) | st.from_regex(COMMIT, fullmatch=True))
def test_no_policy_refuses_a_revision_that_is_accepted(revision: str) -> None:
    spec = {"source": {"targetRevision": revision}, "syncPolicy": {"automated": {"selfHeal": True}}}
    props = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": spec}
    application = Resource("urn", "kubernetes:argoproj.io/v1alpha1:Application", "shop", props)
    assert judge(application).verdict is Verdict.PASS


def test_its_pods_are_counted() -> None:
    stack = accepted(argocd())
    with_argocd, without = (
        budgets(stack.cluster, stack.services, argocd=said)[-1].demand for said in (True, False)
    )
    assert with_argocd == without + ARGOCD_PODS
    tight = {"services.order-service.requests.cpu": "1"}
    accepted(tight)
    (found,) = refused({**tight, **argocd()})
    assert "pod-capacity" in found
