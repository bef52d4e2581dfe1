"""Workloads: what they run, which build of it, what they ask for, and how they come and go."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.manifests import (
    added,
    aws,
    beside,
    container,
    custom,
    orders,
    pod,
    variables,
)
from tests.incidents.benign.variation import Added, Change, Extended, Removed, Variations
from tests.incidents.flips import APP, GONE, Flip, env
from tests.policies.manifests import container as image

REGISTRY = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com"
NO_SCHEMA = {"annotations": {"plinth.dev/schema-migration": "none"}}
DIGEST = "sha256:0f3b1c5d7e9a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f4a6b8c0d1e3f5a7b9c"


def command(*words: str) -> Flip:
    return container("command", value=[*words])


def shell(script: str) -> list[Change]:
    """The command in `args`, to the image's own entry point."""
    return [container("command", value=["/bin/sh", "-c"]), container("args", value=[script])]


def build(tag: str, repository: str = f"{REGISTRY}/orders") -> list[Change]:
    """Both the service and its migration are of the build."""
    text = f"{repository}{tag}"
    return [container("image", value=text), Flip("Job", "orders-migration", (*APP, "image"), text)]


DEV_COMMAND: Variations = {
    "dev-command": {
        "the start script for production": [command("npm", "run", "start:prod")],
        "a tool's production server": [command("npx", "next", "start", "--port", "8080")],
        "a program in a folder called like a tool": [command("node", "/srv/vite/server.js", "--env", "dev-tools")],
        "dependencies for development left out": shell("npm ci --omit=dev && exec node dist/main.js"),
        "Django behind Gunicorn, migrated before": shell("python manage.py check --deploy && gunicorn shop.wsgi --workers 4 --max-requests 500"),
        "Flask's commands besides its server": shell("flask --app shop db upgrade && gunicorn 'shop:create_app()'"),
        "Flask's switch, off": [command("gunicorn", "shop:create_app()"), variables(FLASK_DEBUG="0", FLASK_ENV="production")],
        "Uvicorn with workers": [command("uvicorn", "shop:app", "--workers", "4", "--no-access-log")],
        "Rails in production": [command("bundle", "exec", "rails", "server", "-e", "production"), variables(RAILS_ENV="production")],
        "modes in the frameworks' own letters": [variables(ASPNETCORE_ENVIRONMENT="Production", APP_ENV="prod", DJANGO_DEBUG="False")],
        "a tool that reloads its configuration": shell("nginx -g 'daemon off;' & while inotifywait -e modify /etc/nginx; do nginx -s reload; done"),
        "a service that is called dev portal": [command("java", "-jar", "/opt/dev-portal.jar", "--spring.profiles.active=prod")],
    },
}  # fmt: skip

IMAGE_TAG: Variations = {
    "image-tag": {
        "a version": build(":1.4.2"),
        "a version with the letter v, and a release candidate": build(":v2.0.0-rc.1"),
        "a commit": build(":1f3a9c0"),
        "a commit without a digit": build(":abcdefa"),
        "a branch with its commit and time": build(":main-1f3a9c0-1763740800"),
        "a date": build(":2026-11-21"),
        "a version of a variant": build(":20.19-bookworm-slim"),
        "a tag and a digest": build(f":latest@{DIGEST}"),
        "a registry with a port": build(":1.4.2", "registry.example.com:5000/orders"),
        "a registry with a port, by digest": build(f"@{DIGEST}", "registry.example.com:5000/shop/orders"),
        "the build number": build(":build-1482"),
        "another region's registry": build(":1.4.2", "123456789012.dkr.ecr.us-west-2.amazonaws.com/orders"),
        "what the stack builds": [
            Added("docker-build:index:Image", "ledger", {"platforms": ["linux/amd64"], "ref": UNKNOWN}),
            *beside("Deployment", image(image=UNKNOWN), edges={"spec": ("Image", "ledger")}),
        ],
    },
}  # fmt: skip


def application(*path: str, value: Any) -> Flip:
    return Flip("Application", "storefront", ("spec", *path), value)


def revision(text: Any) -> list[Change]:
    return [application("source", "targetRevision", value=text)]


def application_set(elements: list[dict[str, str]], text: str) -> list[Change]:
    source = {"repoURL": "https://git.example.com/shop.git", "path": "chart", "targetRevision": text}
    template = {"spec": {"source": source, "syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}}
    spec = {"generators": [{"list": {"elements": elements}}], "template": template}
    return [custom("argoproj.io/v1alpha1", "ApplicationSet", "shops", spec=spec)]


GITOPS_DRIFT: Variations = {
    "gitops-drift": {
        "a commit in full": revision("8b1a9953c4611296a827abf8c47804d7e6f0a3b2"),
        "a commit in short": revision("8b1a995"),
        "a tag in full": revision("refs/tags/v2.4.1"),
        "a tag that names the service": revision("storefront/v2.4.1"),
        "a tag that names the chart": revision("storefront-2.4.1"),
        "a release's candidate": revision("v2.5.0-rc.2"),
        "a date": revision("2026.11.21"),
        "a release by its date": revision("release-20261121"),
        "a build by its commit": revision("sha-8b1a995"),
        "a chart's version with its build": revision("2.4.1+build.7"),
        "the digest of an OCI artifact": [
            application("source", value={"repoURL": "oci://registry.example.com/storefront", "path": ".", "targetRevision": DIGEST}),
        ],
        "a chart and its values": [
            application("source", value=None),
            application("sources", value=[
                {"repoURL": "https://charts.example.com", "chart": "storefront", "targetRevision": "2.4.1"},
                {"repoURL": "https://git.example.com/values.git", "ref": "values", "targetRevision": "v1.9.0"},
            ]),
        ],
        "automation that says it is on": [application("syncPolicy", "automated", value={"enabled": True, "selfHeal": True, "allowEmpty": False})],
        "an ApplicationSet over clusters": application_set([{"cluster": "seoul"}, {"cluster": "oregon"}], "v2.4.1"),
        "an ApplicationSet whose list has the revisions": application_set(
            [{"cluster": "seoul", "revision": "v2.4.1"}, {"cluster": "oregon", "revision": "v2.4.0"}], "{{ .revision }}"
        ),
        "a project of Argo CD": [custom("argoproj.io/v1alpha1", "AppProject", "shop", spec={"sourceRepos": ["*"]})],
    },
}  # fmt: skip


def pool(name: str, value: str = "10") -> list[Change]:
    place = ("env", "@DB_POOL_SIZE")
    return [container(*place, "value", value=value), container(*place, "name", value=name)]


def scaled(replicas: Any, scaler: Added) -> list[Change]:
    return [orders("spec", "replicas", value=replicas), scaler]


def autoscaler(**spec: Any) -> Added:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}
    return added("HorizontalPodAutoscaler", "orders", spec={"scaleTargetRef": target, **spec})


def scaled_object(**spec: Any) -> Added:
    return custom(
        "keda.sh/v1alpha1", "ScaledObject", "orders", spec={"scaleTargetRef": {"name": "orders"}, **spec}
    )


def instances(class_: str) -> list[Change]:
    return [Flip("ClusterInstance", f"shop-{index}", ("instanceClass",), class_) for index in (0, 1)]


def capacity(least: float, most: float) -> Flip:
    said = {"minCapacity": least, "maxCapacity": most}
    return Flip("rds/cluster:Cluster", "shop", ("serverlessv2ScalingConfiguration",), said)


MULTI_AZ = {
    "engine": "postgres", "dbClusterInstanceClass": "db.m6gd.large", "storageType": "io1", "iops": 3000.0, "allocatedStorage": 200.0,
}  # fmt: skip

CONNECTION_BUDGET: Variations = {
    "connection-budget": {
        "SQLAlchemy's pool and overflow": [*pool("SQLALCHEMY_POOL_SIZE", "5"), variables(SQLALCHEMY_MAX_OVERFLOW="10")],
        "Hikari's pool, which another variable says": [variables(SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE="$(DB_POOL_SIZE)")],
        "Hikari's pool as Spring reads it": [*pool("SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE")],
        "Go's open connections": [*pool("DB_MAX_OPEN_CONNS"), variables(DB_MAX_IDLE_CONNS="900", DB_CONN_MAX_LIFETIME="300")],
        "Prisma's limit in its URL": [
            *pool("LOG_LEVEL", "info"),
            variables(DATABASE_URL="postgresql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST):5432/$(DB_NAME)?connection_limit=10&pool_timeout=900"),
        ],
        "a least and a most size": [*pool("DB_POOL_MAX", "20"), variables(DB_POOL_MIN="2", DB_POOL_IDLE_TIMEOUT="30000")],
        "spaces around the number": [env("DB_POOL_SIZE", " 10 ")],
        "an autoscaler's most": scaled(GONE, autoscaler(minReplicas=2.0, maxReplicas=12.0)),
        "KEDA's most": scaled(2.0, scaled_object(minReplicaCount=2.0, maxReplicaCount=12.0)),
        "a rollout without a surge": [
            orders("spec", "strategy", value={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0.0, "maxUnavailable": 1.0}}),
            env("DB_POOL_SIZE", "400"),
        ],
        "a rollout with all at once": [
            orders("spec", "strategy", value={"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": "0%"}}),
        ],
        "a serverless database": [*instances("db.serverless"), capacity(2.0, 16.0)],
        "a class that the pack does not know, its limit set": [
            *instances("db.x99.large"),
            Extended(("ClusterParameterGroup", "shop"), ("parameters",), [{"name": "max_connections", "value": "900", "applyMethod": "pending-reboot"}]),
        ],
        "a Multi-AZ DB cluster, whose class the cluster says": [
            *(Flip("rds/cluster:Cluster", "shop", (prop,), value) for prop, value in MULTI_AZ.items()),
            *(Removed(("ClusterInstance", f"shop-{index}")) for index in (0, 1)),
            Flip("ClusterParameterGroup", "shop", ("family",), "postgres17"), Flip("MetricAlarm", "database-memory", ("metricName",), "FreeStorageSpace"),
        ],
        "a migration before the service, which says no pool": [
            pod("initContainers", value=[
                image(name="migrate", command=["npm", "run", "migrate"], env=[{"name": "DB_HOST", "value": UNKNOWN}], ports=None, readinessProbe=None, livenessProbe=None),
            ]),
        ],
        "a nightly report that says no pool": [
            *beside("CronJob", image(env=[{"name": "PGHOST", "value": UNKNOWN}]), metadata=NO_SCHEMA),
        ],
        "a pool that the cluster's pooler holds": [
            variables(POOLER_DB_HOST="pgbouncer.shop.svc"),
            *beside("Deployment", image(image="registry.example.com/pgbouncer:1.25.1", env=[
                {"name": "DB_HOST", "value": UNKNOWN}, {"name": "MAX_DB_CONNECTIONS", "value": "100"}, {"name": "MAX_CLIENT_CONN", "value": "5000"},
            ]), metadata=NO_SCHEMA),
        ],
        "clients of RDS Proxy": [
            aws("rds/proxy:Proxy", "shop", engineFamily="POSTGRESQL", requireTls=True, endpoint=UNKNOWN),
            *beside(
                "Deployment", image(env=[{"name": "DB_HOST", "value": UNKNOWN}, {"name": "DB_POOL_SIZE", "value": "900"}]),
                metadata=NO_SCHEMA, edges={"spec": ("Proxy", "shop")},
            ),
        ],
    },
}  # fmt: skip

VARIATIONS: Variations = {**DEV_COMMAND, **IMAGE_TAG, **GITOPS_DRIFT, **CONNECTION_BUDGET}
