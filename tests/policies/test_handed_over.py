"""Objects that an Argo CD Application hands its chart whole are judged as those that the stack registers."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.graph import APPLICATION, Graph, Resource
from incidents.rule import Rule, Verdict
from incidents.rules import RULES
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import GOOD, container, env, pods
from tests.policies.stacks import findings, resource

BY_ID = {rule.id: rule for rule in RULES}


def application(**values: Any) -> Resource:
    source = {"targetRevision": "v1.4.0", "helm": {"valuesObject": values}}
    return of_spec({"source": source, "syncPolicy": {"automated": {"selfHeal": True}}})


def of_spec(spec: Any) -> Resource:
    return resource(
        APPLICATION, "shop", {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": spec}
    )


def handed(*said: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", **pods(*said).props}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("image-tag", {"image": "shop:latest"}),
        ("pod-security", {"securityContext": {"privileged": True}}),
        ("database-credentials", {"env": env(DB_PASSWORD="swordfish-1")}),
    ],
)
def test_a_pod_is_judged_wherever_it_is_written(rule: str, said: dict[str, Any]) -> None:
    good, bad = application(deployment=handed(GOOD)), application(deployment=handed(container(**said)))
    assert verdict_of(BY_ID[rule], good) is not Verdict.FAIL
    assert verdict_of(BY_ID[rule], bad) is Verdict.FAIL


def verdict_of(rule: Rule, subject: Resource) -> Verdict:
    """Of the object that `subject` hands over; it is reported by the Application's urn."""
    return findings(rule, subject)["shop"].verdict


def test_it_depends_on_what_the_application_depends_on() -> None:
    database = resource("aws:rds/cluster:Cluster", "shop")
    said = application(deployment=handed(GOOD))
    graph = Graph(
        [database, Resource(said.urn, said.type, said.name, said.props, edges={"spec": (database.urn,)})]
    )
    (deployment,) = graph.of_type("kubernetes:apps/v1:Deployment")
    assert graph.dependencies(deployment, "spec") == [database]


@pytest.mark.parametrize(
    "spec",
    [
        None,
        UNKNOWN,
        {"source": UNKNOWN},
        {"source": {"helm": {"valuesObject": UNKNOWN}}},
        {
            "source": {
                "helm": {"valuesObject": {"image": "shop:latest", "deployment": UNKNOWN, "replicas": 2}}
            }
        },
        {"sources": [None, {"chart": "shop"}]},
        {"source": {"helm": {"valuesObject": {"deployment": {"kind": UNKNOWN, "apiVersion": "apps/v1"}}}}},
    ],
)
def test_other_values_are_no_objects(spec: Any) -> None:
    (only,) = Graph([of_spec(spec)]).resources
    assert only.type == APPLICATION


def test_each_source_is_read() -> None:
    sources = [{"helm": {"valuesObject": {"deployment": handed(GOOD)}}}, {"ref": "values"}]
    kinds = [found.type.rpartition(":")[2] for found in Graph([of_spec({"sources": sources})]).resources]
    assert kinds == ["Application", "Deployment"]
