"""The Job that makes databases: its pod, and the ConfigMap with what it runs.

An init container fetches the master's password from Secrets Manager into memory, where it stays: it is in no Secret of
Kubernetes, no variable and no argument. The other container has a shell and psql, and no way to AWS.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import ContainerArgsDict, PodTemplateSpecArgsDict, VolumeArgsDict

from aws_facts.aurora import DEFAULT_PORT
from aws_facts.images import AWS_CLI, POSTGRES
from components.restricted_pod import container_security, pod_security
from database_bootstrap import COMMAND, MOUNT

MASTER_FOLDER = "/run/master"
MASTER_FILE = f"{MASTER_FOLDER}/secret.json"
VERIFIERS_FOLDER = "/run/verifiers"
ROOT_CERTIFICATE = "rds-root.pem"

WAIT_SECONDS = 300
"""How long a try waits for a server that does not answer."""

DEADLINE_SECONDS = 1800
"""After this, all tries together have failed."""

RETRIES = 4
USER = 65532
REQUESTS = {"cpu": "100m", "memory": "128Mi"}
"""What the capacity budget keeps free for one job (`settings/capacity.py`, `JOB_SLOT`)."""

LIMITS = {"memory": "256Mi"}

FETCH = 'umask 077; aws secretsmanager get-secret-value --secret-id "$MASTER_SECRET_ARN" --query SecretString --output text'


def register_job(
    name: str,
    *,
    files: Mapping[str, str],
    verifier_secrets: Mapping[str, int],
    namespace: str,
    account: str,
    region: str,
    host: pulumi.Input[str],
    user: str,
    master_secret_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    after: Sequence[pulumi.Resource],
) -> kubernetes.batch.v1.Job:
    """Register the job `name` that runs `files` as `account`, and its ConfigMap.

    `verifier_secrets` are the Secrets with the roles' verifiers, and the version of the password that each is made of:
    a new one must make a new job, though nothing else of it changes.
    """

    def template(host: pulumi.Input[str], secret_arn: pulumi.Input[str]) -> PodTemplateSpecArgsDict:
        return pod(
            account,
            init=fetching(region, secret_arn),
            main=bootstrapping(host, user),
            volumes=volumes(f"{name}-{digest(files)}", sorted(verifier_secrets)),
        )

    config = kubernetes.core.v1.ConfigMap(
        name,
        metadata={"name": f"{name}-{digest(files)}", "namespace": namespace},
        data=files,
        immutable=True,
        opts=opts,
    )
    content = digest([template("", ""), verifier_secrets])
    return kubernetes.batch.v1.Job(
        name,
        metadata={"name": f"{name}-{content}", "namespace": namespace},
        spec={
            "backoff_limit": RETRIES,
            "active_deadline_seconds": DEADLINE_SECONDS,
            "template": template(host, master_secret_arn),
        },
        opts=opts.merge(pulumi.ResourceOptions(depends_on=[config, *after])),
    )


def digest(content: Any) -> str:
    """Ten hex digits that change with `content`."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def pod(
    account: str, *, init: ContainerArgsDict, main: ContainerArgsDict, volumes: list[VolumeArgsDict]
) -> PodTemplateSpecArgsDict:
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": account}},
        "spec": {
            "service_account_name": account,
            "restart_policy": "Never",
            "security_context": pod_security(USER),
            "init_containers": [init],
            "containers": [main],
            "volumes": volumes,
        },
    }


def fetching(region: str, master_secret_arn: pulumi.Input[str]) -> ContainerArgsDict:
    """Writes the master's secret, as Secrets Manager has it, into memory."""
    return {
        "name": "master-secret",
        "image": AWS_CLI,
        "command": ["sh", "-c", f"{FETCH} >{MASTER_FILE}"],
        "env": [
            {"name": "AWS_REGION", "value": region},
            {"name": "MASTER_SECRET_ARN", "value": master_secret_arn},
            {"name": "HOME", "value": "/tmp"},  # noqa: S108 - a volume of the pod's own
        ],
        "security_context": container_security(),
        "resources": {"requests": REQUESTS, "limits": LIMITS},
        "volume_mounts": [
            {"name": "master", "mount_path": MASTER_FOLDER},
            {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108
        ],
    }


def bootstrapping(host: pulumi.Input[str], user: str) -> ContainerArgsDict:
    """Makes the databases; what its environment means is told in `database_bootstrap/bootstrap.sh`."""
    return {
        "name": "bootstrap",
        "image": POSTGRES,
        "command": list(COMMAND),
        "env": [
            {"name": "PGHOST", "value": host},
            {"name": "PGPORT", "value": str(DEFAULT_PORT)},
            {"name": "PGUSER", "value": user},
            {"name": "PGSSLROOTCERT", "value": f"{MOUNT}/{ROOT_CERTIFICATE}"},
            {"name": "MASTER_SECRET", "value": MASTER_FILE},
            {"name": "VERIFIERS", "value": VERIFIERS_FOLDER},
            {"name": "DEADLINE_SECONDS", "value": str(WAIT_SECONDS)},
        ],
        "security_context": container_security(),
        "resources": {"requests": REQUESTS, "limits": LIMITS},
        "volume_mounts": [
            {"name": "files", "mount_path": MOUNT, "read_only": True},
            {"name": "verifiers", "mount_path": VERIFIERS_FOLDER, "read_only": True},
            {"name": "master", "mount_path": MASTER_FOLDER},
            {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108
        ],
    }


def volumes(config_map: str, secrets: Sequence[str]) -> list[VolumeArgsDict]:
    return [
        {"name": "files", "config_map": {"name": config_map}},
        {"name": "verifiers", "projected": {"sources": [{"secret": {"name": secret}} for secret in secrets]}},
        {"name": "master", "empty_dir": {"medium": "Memory", "size_limit": "1Mi"}},
        {"name": "tmp", "empty_dir": {"size_limit": "16Mi"}},
    ]
