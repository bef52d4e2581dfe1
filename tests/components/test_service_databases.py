"""The services' databases: what is registered for each, what the job is, and what a change of the stack file does to it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from database_bootstrap import COMMAND
from tests.components.conftest import Stack, change, changed, replaced
from tests.conftest import Rehearsal

pytestmark = pytest.mark.engine

JOB = "kubernetes:batch/v1:Job"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"


def job_of(stack: Stack) -> dict[str, Any]:
    return stack.of_type(JOB)[f"plinth-{stack.name}-databases"]


def config_map_of(stack: Stack) -> dict[str, Any]:
    return stack.inputs(CONFIG_MAP, "-databases")


def pod_of(stack: Stack) -> dict[str, Any]:
    return job_of(stack)["inputs"]["spec"]["template"]["spec"]


def declared(stack: Stack) -> list[dict[str, str]]:
    """The rows of the list that the job works through."""
    return list(csv.DictReader(io.StringIO(config_map_of(stack)["data"]["databases.csv"])))


def test_each_service_with_a_database_has_one_and_a_secret(stack: Stack):
    count = {"prod": 18, "dev": 1}[stack.name]
    rows = declared(stack)
    assert len(rows) == len({row["owner"] for row in rows}) == count
    assert len(stack.of_type(SECRET)) == len(stack.outputs["service_database_secrets"]) == count
    assert {row["database"] for row in rows} == {
        service.replace("-", "_") for service in stack.outputs["service_database_secrets"]
    }
    assert all(int(row["connection_limit"]) > 2 for row in rows)


def test_the_job_knows_the_master_by_reference_alone(stack: Stack):
    pod = pod_of(stack)
    (init,), (main,) = pod["initContainers"], pod["containers"]
    database = stack.outputs["database"]
    env = {item["name"]: item["value"] for item in main["env"]}
    assert env["PGHOST"] == database["endpoint"]
    assert main["command"] == list(COMMAND)
    said = {item["name"]: item["value"] for item in init["env"]}
    assert said["MASTER_SECRET_ARN"] == database["master_secret_arn"]
    assert pod["serviceAccountName"] == "database-bootstrap"
    allowed = json.loads(stack.inputs("aws:iam/rolePolicy:RolePolicy", "-databases")["policy"])["Statement"]
    assert {statement["Action"] for statement in allowed} == {"secretsmanager:GetSecretValue", "kms:Decrypt"}
    assert database["master_secret_arn"] in [statement["Resource"] for statement in allowed]


def test_the_job_may_do_nothing_else(stack: Stack):
    pod = pod_of(stack)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*pod["initContainers"], *pod["containers"]):
        assert "@sha256:" in container["image"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    master = next(volume for volume in pod["volumes"] if volume["name"] == "master")
    assert master["emptyDir"]["medium"] == "Memory"
    labels = stack.of_type("kubernetes:core/v1:Namespace")["database-bootstrap"]["inputs"]["metadata"][
        "labels"
    ]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_job_waits_for_nodes_and_database_and_is_never_changed(stack: Stack):
    job = job_of(stack)
    waits = {urn.rpartition("::")[0].rpartition("$")[2] for urn in job["dependencies"]}
    assert "ttlSecondsAfterFinished" not in job["inputs"]["spec"]
    assert any("aws:rds/clusterInstance" in urn for urn in job["dependencies"]), waits
    assert any("aws:eks/nodeGroup" in urn for urn in job["dependencies"]), waits
    config = config_map_of(stack)
    assert config["immutable"] is True
    files = next(volume for volume in pod_of(stack)["volumes"] if volume["name"] == "files")
    assert files["configMap"]["name"] == config["metadata"]["name"]


def test_no_password_reaches_the_cluster(stack: Stack):
    manifests = json.dumps([item for item in stack.resources if item["type"].startswith("kubernetes:")])
    assert stack.passwords
    assert not [password for password in stack.passwords if password in manifests]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    from tests.components.conftest import copy_project

    rehearsal = copy_project(tmp_path_factory.mktemp("running"))
    rehearsal("up", stack="dev")
    return rehearsal


CART = {
    "port": 3000,
    "replicas": 1,
    "requests": {"cpu": "50m", "memory": "128Mi"},
    "database": {"read_only": True, "extensions": ["pg_trgm"]},
    "arch": "arm64",
}


def test_another_service_is_its_own_resources_and_a_new_job(running: Rehearsal):
    original = (running.folder / "Pulumi.dev.yaml").read_text()
    change(running, "dev", lambda config: config["plinth:services"].update({"cart-service": CART}))
    result = running("preview", stack="dev")
    (running.folder / "Pulumi.dev.yaml").write_text(original)
    new = {name for name in changed(result, "create") if "cart-service" not in name}
    assert new == set()
    assert len(changed(result, "create")) == 3
    assert replaced(result) == {"plinth-dev-databases"}
    assert changed(result, "update") == {"plinth-dev-databases"}
    assert not [name for name in changed(result, "update", "delete") if "order-service" in name]


def test_a_database_that_leaves_the_file_is_kept_and_named(running: Rehearsal):
    original = (running.folder / "Pulumi.dev.yaml").read_text()
    change(running, "dev", lambda config: config["plinth:services"]["order-service"].update(database=False))
    result = running("preview", stack="dev")
    (running.folder / "Pulumi.dev.yaml").write_text(original)
    (warning,) = (text for text in result.diagnostics("warning") if "database order_service" in text)
    assert "Nothing is dropped" in warning
    kept = [item for item in running.state("dev") if item["type"] == "aws:secretsmanager/secret:Secret"]
    assert all(item["retainOnDelete"] for item in kept if "order-service" in item["urn"])


def test_a_database_is_dropped_once_that_is_confirmed(running: Rehearsal):
    def drop(config: Any) -> None:
        config["plinth:services"]["order-service"].update(database=False)
        config["plinth:database"]["drop"] = {"order_service": "confirmed"}

    original = (running.folder / "Pulumi.dev.yaml").read_text()
    change(running, "dev", drop)
    result = running("preview", stack="dev")
    (running.folder / "Pulumi.dev.yaml").write_text(original)
    steps = [event["resourcePreEvent"]["metadata"] for event in result.events if "resourcePreEvent" in event]
    tables = [
        step["new"]["inputs"]["data"]["databases.csv"]
        for step in steps
        if step["type"] == "kubernetes:core/v1:ConfigMap"
        and step.get("new")
        and "databases.csv" in (step["new"]["inputs"].get("data") or {})
    ]
    assert tables
    for table in tables:
        (row,) = csv.DictReader(table.splitlines())
        assert (row["database"], row["owner"], row["drop"]) == ("order_service", "order_service", "True")
    assert "plinth-dev-databases" in replaced(result)


def test_a_new_password_is_a_new_job(running: Rehearsal):
    original = (running.folder / "Pulumi.dev.yaml").read_text()
    change(
        running,
        "dev",
        lambda config: config["plinth:services"]["order-service"].update(database={"password_version": 2}),
    )
    result = running("preview", stack="dev")
    (running.folder / "Pulumi.dev.yaml").write_text(original)
    assert {"plinth-dev-databases", "plinth-dev-order-service"} <= replaced(result)
    assert not any(
        "Secret" in urn and "replace" in op and "aws:" in urn
        for urn, op in result.steps.items()
        if "Version" not in urn
    )
