"""Delivery by Argo CD: its Applications make the Deployments that the stack would, and nothing else changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import kubernetes_validate
import pytest

from aws_facts.node_capacity import Load
from aws_facts.quantities import mebibytes, millicores
from components.argocd import values
from settings.capacity import ARGOCD_PODS
from tests.components.conftest import change, copy_project
from tests.conftest import ROOT, Rehearsal, Result

pytestmark = pytest.mark.engine

URL = "https://git.example.com/doa-market/charts.git"
ARGOCD = {
    "argocd": {
        "repository": URL,
        "path": "charts/service",
        "revision": "v1.4.0",
        "revisions": {"order-service": "0123abc"},
    }
}
RUNNING = ("controller", "repoServer", "server", "redis")
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application"


@dataclass(frozen=True)
class Delivered:
    """The stack `dev`, brought up with Argo CD, and taken over to the stack's own delivery."""

    preview: Result
    argocd: list[dict[str, Any]]
    own: list[dict[str, Any]]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    rehearsal = copy_project(tmp_path_factory.mktemp("delivered"))
    change(rehearsal, "dev", by_argocd)
    preview = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), stack="dev")
    argocd = brought_up(rehearsal)
    change(rehearsal, "dev", lambda config: config.update({"plinth:delivery": "pulumi"}))
    own = brought_up(rehearsal)
    rehearsal("destroy", stack="dev")
    assert rehearsal.state("dev") == []
    return Delivered(preview, argocd, own)


def by_argocd(config: dict[str, Any]) -> None:
    config["plinth:delivery"] = ARGOCD
    config["plinth:services"]["order-service"]["replicas"] = {"min": 2, "max": 4}


def brought_up(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    rehearsal("up", stack="dev")
    rehearsal("preview", "--expect-no-changes", stack="dev")
    return rehearsal.state("dev")


def of_type(resources: list[dict[str, Any]], type_: str) -> dict[str, dict[str, Any]]:
    """The inputs of resources of a type, by the name in their metadata."""
    found = [item["inputs"] for item in resources if item["type"] == type_]
    return {inputs["metadata"]["name"]: inputs for inputs in found}


def test_both_ways_make_the_same_pods(delivered: Delivered):
    applications, deployments = of_type(delivered.argocd, APPLICATION), of_type(delivered.own, DEPLOYMENT)
    assert {*applications} == {*deployments} == {"api-gateway", "order-service"}
    for name, own in deployments.items():
        handed = applications[name]["spec"]["source"]["helm"]["valuesObject"]["deployment"]
        assert handed["spec"] == own["spec"]
        assert handed["metadata"].items() <= own["metadata"].items()
        kubernetes_validate.validate(handed, "1.35", strict=True)


def test_all_else_of_a_service_is_the_stacks_either_way(delivered: Delivered):
    def rest(resources: list[dict[str, Any]]) -> set[str]:
        return {
            item["urn"]
            for item in resources
            if "argoproj.io" not in item["type"]
            and "ArgoCd" not in item["urn"]
            and item["type"] != DEPLOYMENT
        }

    assert not of_type(delivered.argocd, DEPLOYMENT)
    assert rest(delivered.argocd) == rest(delivered.own)


def test_an_application_is_confined_to_what_its_project_allows(delivered: Delivered):
    (project,) = of_type(delivered.argocd, "kubernetes:argoproj.io/v1alpha1:AppProject").values()
    allowed = project["spec"]
    assert allowed["sourceRepos"] == [URL]
    assert [place["namespace"] for place in allowed["destinations"]] == ["services"]
    assert allowed["clusterResourceWhitelist"] == []
    kinds = {item["kind"] for item in allowed["namespaceResourceWhitelist"]}
    assert kinds == {"Deployment", "ConfigMap", "Job"}
    for name, application in of_type(delivered.argocd, APPLICATION).items():
        spec = application["spec"]
        assert spec["project"] == project["metadata"]["name"]
        assert spec["destination"] in allowed["destinations"]
        assert application["metadata"]["namespace"] == project["metadata"]["namespace"] == "argocd"
        source = spec["source"]
        assert (source["repoURL"], source["path"]) == (URL, "charts/service")
        assert source["targetRevision"] == {"order-service": "0123abc"}.get(name, "v1.4.0")


def test_what_runs_stays_what_git_says_but_for_the_autoscalers_number(delivered: Delivered):
    applications = of_type(delivered.argocd, APPLICATION)
    for application in applications.values():
        policy = application["spec"]["syncPolicy"]
        assert policy["automated"] == {"prune": True, "selfHeal": True}
        assert policy["retry"]["limit"] > 0
        assert "RespectIgnoreDifferences=true" in policy["syncOptions"]
    ignored = {name: item["spec"].get("ignoreDifferences") for name, item in applications.items()}
    assert ignored.pop("order-service")[0]["jsonPointers"] == ["/spec/replicas"]
    assert ignored == {"api-gateway": None}


def test_pods_come_after_the_controller_the_migration_and_the_secret(delivered: Delivered):
    application = next(
        item for item in delivered.argocd if item["type"] == APPLICATION and "order-service" in item["urn"]
    )
    waited_for = {urn.split("::")[2].rpartition(":")[2] for urn in application["dependencies"]}
    assert {"AppProject", "Job", "ExternalSecret", "ServiceAccount"} <= waited_for
    project = next(item for item in delivered.argocd if item["type"].endswith(":AppProject"))
    assert [urn for urn in project["dependencies"] if urn.endswith("argo-cd")]


def test_the_pack_judges_the_pods_that_an_application_hands_over(delivered: Delivered):
    found = {(item["policyName"], item["enforcementLevel"]) for item in delivered.preview.violations}
    production_only = {"alarms", "cache-availability", "database-protection"}
    assert found <= {(rule, "advisory") for rule in production_only}
    summary = next(line for line in delivered.preview.output.splitlines() if "rules judged" in line)
    idle = {*summary.partition("Nothing to judge for ")[2].rstrip(".").split(", ")}
    assert not {"probe-path", "schema-migration", "resource-requests", "env-contract", "gitops-drift"} & idle


def test_they_request_what_is_counted() -> None:
    pods = [part["resources"]["requests"] for name, part in values().items() if name in RUNNING]
    requested = [Load(1, int(millicores(pod["cpu"])), int(mebibytes(pod["memory"]))) for pod in pods]
    assert sum(requested, Load()) == ARGOCD_PODS
