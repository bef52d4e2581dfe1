"""The services in the cluster: what is registered for each, and what a change of one does to the others."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from tests.components.conftest import Stack, change, changed, copy_project, replaced
from tests.conftest import Rehearsal, Result

pytestmark = pytest.mark.engine

WITHOUT_SCHEMA = ("elbv2.k8s.aws", "external-secrets.io", "helm.sh")
"""Groups of custom resources, and Helm's releases."""

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
JOB = "kubernetes:batch/v1:Job"
SERVICE = "kubernetes:core/v1:Service"
EXTERNAL_SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

NAME_LABEL = "app.kubernetes.io/name"


def pods(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pod templates of the namespace `services`, by the logical name of what makes them."""
    for kind in (DEPLOYMENT, JOB, "kubernetes:batch/v1:CronJob"):
        for name, item in stack.of_type(kind).items():
            spec = item["inputs"]["spec"]
            spec = spec.get("jobTemplate", {}).get("spec", spec)
            if item["inputs"]["metadata"]["namespace"] == "services":
                yield name, spec["template"]


def env_of(stack: Stack, service: str) -> dict[str, Any]:
    """Variables of a service's Deployment: texts, and for secrets the reference."""
    spec = stack.inputs(DEPLOYMENT, f"-{service}")["spec"]["template"]["spec"]
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in spec["containers"][0]["env"]}


def test_each_service_runs_and_can_be_found(stack: Stack):
    count = {"prod": 19, "dev": 2}[stack.name]
    deployments = {item["inputs"]["metadata"]["name"] for item in stack.of_type(DEPLOYMENT).values()}
    services = {item["inputs"]["metadata"]["name"] for item in stack.of_type(SERVICE).values()}
    assert len(deployments) == count
    assert services == deployments
    migrations = [name for name in stack.of_type(JOB) if name.endswith("-migration")]
    assert len(migrations) == {"prod": 18, "dev": 1}[stack.name]


def test_every_manifest_is_one_that_the_cluster_takes(stack: Stack):
    """Strict schemas of the cluster's own version; the kinds of the operator have theirs in the cluster."""
    version = stack.only("aws:eks/cluster:Cluster")["inputs"]["version"]
    checked = 0
    for item in stack.resources:
        group = item["type"].split(":")[1].partition("/")[0]
        if not item["type"].startswith("kubernetes:") or group in WITHOUT_SCHEMA:
            continue
        manifest = {key: value for key, value in item["inputs"].items() if not key.startswith("__")}
        if manifest["kind"] != "Secret":
            kubernetes_validate.validate(manifest, version, strict=True)
            checked += 1
    assert checked > 10


def test_pods_may_do_nothing_beyond_their_work(stack: Stack):
    for name, template in pods(stack):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        assert "emptyDir" in volumes[mounted["/tmp"]]
        assert {*volumes} == {*mounted.values()}
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert set(container["resources"]["limits"]) == {"memory"}
        assert spec["serviceAccountName"] == template["metadata"]["labels"][NAME_LABEL]


def test_a_service_selects_the_pods_of_its_deployment_alone(stack: Stack):
    for name, item in stack.of_type(SERVICE).items():
        selector = item["inputs"]["spec"]["selector"].items()
        chosen = [
            owner for owner, template in pods(stack) if selector <= template["metadata"]["labels"].items()
        ]
        assert chosen == [name]


def test_a_rollout_drops_no_request(stack: Stack):
    for item in stack.of_type(DEPLOYMENT).values():
        spec = item["inputs"]["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 0}
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert 5 <= sleep < pod["terminationGracePeriodSeconds"]
        asked = {
            container[probe]["httpGet"]["port"]
            for probe in ("livenessProbe", "readinessProbe", "startupProbe")
        }
        assert asked <= {port["containerPort"] for port in container["ports"]}
        paths = {probe: container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
        assert paths == {"livenessProbe": "/livez", "readinessProbe": "/readyz"}


def test_secrets_come_by_reference_alone(stack: Stack):
    env = env_of(stack, "order-service")
    filled = {
        entry["secretKey"]: entry["remoteRef"]
        for entry in stack.inputs(EXTERNAL_SECRET, "-order-service")["spec"]["data"]
    }
    assert env["DB_PASSWORD"]["secretKeyRef"]["key"] == "DB_PASSWORD"
    assert filled["DB_PASSWORD"] == {
        "key": stack.outputs["service_database_secrets"]["order-service"], "property": "password",
    }  # fmt: skip
    assert env["DB_HOST"] == stack.outputs["database"]["endpoint"]
    assert env["DB_NAME"] == env["DB_USER"] == "order_service"
    assert "$(DB_PASSWORD)" in env["DATABASE_URL"]
    order = list(env)
    assert order.index("DATABASE_URL") > max(
        order.index(part) for part in ("DB_PASSWORD", "DB_HOST", "DB_SSLMODE")
    )
    manifests = json.dumps([item for item in stack.resources if item["type"].startswith("kubernetes:")])
    assert not [password for password in stack.passwords if password in manifests]


def test_the_database_is_there_before_migrations_and_they_before_pods(stack: Stack):
    migration = stack.of_type(JOB)[f"plinth-{stack.name}-order-service-migration"]
    deployment = stack.of_type(DEPLOYMENT)[f"plinth-{stack.name}-order-service"]
    bootstrap = stack.of_type(JOB)[f"plinth-{stack.name}-databases"]
    assert bootstrap["urn"] in migration["dependencies"]
    assert migration["urn"] in deployment["dependencies"]
    assert any("ExternalSecret" in urn for urn in migration["dependencies"])
    assert migration["inputs"]["metadata"]["annotations"] == {"plinth.dev/schema-migration": "runs"}
    (container,) = migration["inputs"]["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["npm", "run", "migrate:deploy"]


def test_the_namespace_is_closed_but_for_what_is_declared(stack: Stack):
    policies = stack.of_type(POLICY)
    default = policies[f"plinth-{stack.name}-services-default"]["inputs"]["spec"]
    assert default["podSelector"] == {}
    assert "ingress" not in default
    order = policies[f"plinth-{stack.name}-order-service"]["inputs"]["spec"]
    (rule,) = order["ingress"]
    callers = [source["podSelector"] for source in rule["from"] if "podSelector" in source]
    assert callers == [
        {"matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": ["api-gateway"]}]}
    ]
    assert {port["port"] for rule in order["egress"] for port in rule["ports"]} <= {5432, 6379}
    out = policies[f"plinth-{stack.name}-order-service-callers"]["inputs"]["spec"]
    assert out["podSelector"] == callers[0]


def test_only_what_asks_for_aws_has_a_role(stack: Stack):
    roles = {
        item["inputs"]["serviceAccount"]
        for item in stack.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation").values()
        if item["inputs"]["namespace"] == "services"
    }
    assert roles == {"prod": {"banner-service", "file-service", "product-service"}, "dev": set()}[stack.name]
    if stack.name == "prod":
        policy = json.loads(stack.inputs("aws:iam/rolePolicy:RolePolicy", "-file-service-bucket")["policy"])
        objects = next(said for said in policy["Statement"] if said["Sid"] == "Objects")
        assert objects["Resource"].endswith("/file-service/*")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    rehearsal = copy_project(tmp_path_factory.mktemp("running"))
    rehearsal("up", stack="dev")
    return rehearsal


def preview_with(running: Rehearsal, **services: dict[str, Any]) -> Result:
    """The preview of `dev` with these keys of services changed, or new services."""
    file = running.folder / "Pulumi.dev.yaml"
    original = file.read_text()

    def edit(config: dict[str, Any]) -> None:
        for name, keys in copy.deepcopy(services).items():
            config["plinth:services"].setdefault(name.replace("_", "-"), {}).update(keys)

    change(running, "dev", edit)
    try:
        return running("preview", stack="dev")
    finally:
        file.write_text(original)


IMAGE = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/doa-market/order-service:0123abc"


def test_a_new_image_is_a_migration_and_a_rollout_of_that_service_alone(running: Rehearsal):
    result = preview_with(running, order_service={"image": IMAGE})
    assert replaced(result) == {"plinth-dev-order-service-migration"}
    assert changed(result, "update") == {"plinth-dev-order-service"}


def test_a_new_password_replaces_the_pods_of_its_readers_alone(running: Rehearsal):
    result = preview_with(running, order_service={"database": {"password_version": 2}})
    touched = changed(result, "create", "update", "replace", "create-replacement", "delete-replaced")
    assert not [name for name in touched if "api-gateway" in name]
    kinds = {urn.split("::")[2].rpartition("$")[2] for urn in result.steps if result.steps[urn] != "same"}
    assert {EXTERNAL_SECRET, DEPLOYMENT} <= kinds


EVERYTHING = {
    "image": IMAGE,
    "port": 3000,
    "replicas": {"min": 2, "max": 4},
    "requests": {"cpu": "10m", "memory": "32Mi"},
    "health": {"live": "/livez", "ready": "/readyz", "port": 9000, "startup_seconds": 1200},
    "metrics": {"port": 9100},
    "database": {"auth": "iam"},
    "migrate": "none",
    "needs": ["redis", "search", "queue:orders", "topic:events"],
    "callers": ["api-gateway", "order-service"],
    "env": {"PAGE_SIZE": "50"},
    "env_names": {"preset": "spring", "names": {"POSTGRES_HOST": "$(DB_HOST)"}},
    "secrets": ["JWT_SECRET"],
    "required_env": ["JWT_SECRET", "REDIS_URL"],
    "writable_paths": ["/app/logs"],
    "command": ["node", "server.js"],
    "cron": {"cleanup": {"schedule": "15 3 * * *", "command": ["npm", "run", "cleanup"]}},
    "capacity": "spot",
    "arch": "arm64",
}


def test_a_service_of_the_longest_name_that_says_everything(running: Rehearsal):
    """Comes up beside the others, and goes again. Its names are those that AWS and Kubernetes count."""
    name = "inventory-reservation-service-for-asia-2"
    assert len(name) == 40
    original = (running.folder / "Pulumi.dev.yaml").read_text()

    def add(config: dict[str, Any]) -> None:
        config["plinth:services"][name] = EVERYTHING
        config["plinth:search"] = {"version": "2.19", "instance_type": "t3.medium.search"}
        config["plinth:subscriptions"] = {"events": ["orders"]}
        config["plinth:registry"] = {"prefix": "doa-market"}

    change(running, "dev", add)
    running("up", stack="dev")
    running("preview", "--expect-no-changes", stack="dev")
    state = [
        item for item in running.state("dev") if name in json.dumps(item.get("inputs", {}).get("metadata"))
    ]
    for item in state:
        kind = item["inputs"].get("kind")
        limit = {"CronJob": 52}.get(kind, 63)
        assert len(item["inputs"]["metadata"]["name"]) <= limit, item["urn"]
    kinds = {item["inputs"]["kind"] for item in state}
    assert {
        "CronJob",
        "Deployment",
        "ExternalSecret",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
    } <= kinds
    deployment = next(item["inputs"] for item in state if item["inputs"]["kind"] == "Deployment")
    assert "replicas" not in deployment["spec"]
    assert deployment["spec"]["template"]["metadata"]["annotations"] == {
        "plinth.dev/schema-migration": "none",
        "prometheus.io/scrape": "true",
        "prometheus.io/path": "/metrics",
        "prometheus.io/port": "9100",
    }
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert [port["containerPort"] for port in container["ports"]] == [3000, 9000, 9100]
    policies = [item["inputs"] for item in state if item["inputs"]["kind"] == "NetworkPolicy"]
    (own,) = (item["spec"] for item in policies if item["metadata"]["name"] == name)
    scraping = own["ingress"][-1]
    assert scraping["ports"] == [{"port": 9100, "protocol": "TCP"}]
    monitoring = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    assert scraping["from"] == [{"namespaceSelector": monitoring}]
    roles = [
        item for item in running.state("dev") if item["type"] == "aws:iam/role:Role" and name in item["urn"]
    ]
    assert all(len(item["inputs"]["name"]) <= 64 for item in roles)
    allowed = {
        statement["Resource"].rpartition(":")[2]: statement["Action"]
        for item in running.state("dev")
        if item["type"] == "aws:iam/rolePolicy:RolePolicy" and name in item["urn"]
        for statement in json.loads(item["inputs"]["policy"])["Statement"]
    }
    database = next(resource for resource in allowed if resource.endswith(f"/{name.replace('-', '_')}"))
    assert allowed.pop(database) == "rds-db:connect"
    assert {resource.rpartition("-")[0] for resource in allowed} == {"plinth-dev-orders", "plinth-dev-events"}
    (running.folder / "Pulumi.dev.yaml").write_text(original)
    running("up", stack="dev")
    assert not [
        item for item in running.state("dev") if name in item["urn"] and "kubernetes:" in item["type"]
    ]
