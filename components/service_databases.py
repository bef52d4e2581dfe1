"""The services' databases: their roles' secrets, and the jobs in the cluster that make databases, roles and rights.

Owns the namespace of the jobs, the role that may read the master's secret, and the logins of all services. Owns no data:
a database that leaves the stack file stays where it is, and the preview says so. On the DOA market 18 databases were missing, and the job that
was written to make them held the master's password in plain text (incidents `service-database`, `database-credentials`).

A Job cannot be changed (incident `job-immutability`): its name carries a hash of all that it does, so a change is a new
job, and the old one goes. It has no TTL, because a job that vanished by itself would show up as drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from aws_facts.aurora import DEFAULT_PORT
from aws_facts.rds_roots import root_certificate
from components.bootstrap_job import ROOT_CERTIFICATE, register_job
from components.cluster import Cluster
from components.database import MASTER_USERNAME, Database
from components.database_login import DatabaseLogin
from components.iam import POD_IDENTITY, service_role
from components.keys import encryption_key
from components.restricted_pod import restricted_namespace
from database_bootstrap import DatabaseSpec, render

NAMESPACE = "database-bootstrap"
ACCOUNT = "database-bootstrap"

PER_JOB = 200
"""Databases that one job makes: Aurora takes a second or two for each new one, and all must be there by its deadline."""


class ServiceDatabases(pulumi.ComponentResource):
    """All databases of the stack's services."""

    secret_arns: Mapping[str, pulumi.Output[str]]
    """The secret of each service, by the service's name; none for those that log in by IAM."""

    jobs: Sequence[kubernetes.batch.v1.Job]
    """What the services' migrations and rollouts wait for."""

    def __init__(
        self,
        name: str,
        specs: Mapping[str, DatabaseSpec],
        *,
        dropped: Sequence[DatabaseSpec] = (),
        password_versions: Mapping[str, int],
        database: Database,
        cluster: Cluster,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register what the databases `specs`, by service, need in the Aurora cluster `database`, and that `dropped` go.

        `opts` carries a provider for aws and one for the Kubernetes of `cluster`.
        """
        super().__init__("plinth:index:ServiceDatabases", name, None, opts)
        self._name = name
        self._database = database
        self._child = pulumi.ResourceOptions(parent=self)
        self._list_databases(specs)
        self._key = encryption_key(
            f"{name}-service-secrets", f"Encrypts the secrets of the services of {name}", opts=self._child
        )
        namespace = restricted_namespace(NAMESPACE, opts=self._child)
        self._in_namespace = self._child.merge(pulumi.ResourceOptions(depends_on=[namespace]))
        identity = self._make_identity(cluster)

        self.secret_arns = {}
        verifiers = {
            label: self._make_logins(label, spec, password_versions[label])
            for label, spec in specs.items()
            if spec.auth == "password"
        }
        declared = [*specs.items(), *((spec.name, spec) for spec in dropped)]
        shards = [declared[start : start + PER_JOB] for start in range(0, len(declared), PER_JOB)]
        certificate = root_certificate(region)
        self.jobs = [
            register_job(
                f"{name}-databases" if len(shards) == 1 else f"{name}-databases-{index}",
                files={**render([spec for _, spec in shard]), ROOT_CERTIFICATE: certificate},
                verifier_secrets={
                    verifiers[label]: password_versions[label] for label, _ in shard if label in verifiers
                },
                namespace=NAMESPACE,
                account=ACCOUNT,
                region=region,
                host=database.endpoint,
                user=MASTER_USERNAME,
                master_secret_arn=database.master_secret_arn,
                opts=self._in_namespace,
                after=[cluster, database, *identity],
            )
            for index, shard in enumerate(shards)
        ]
        self.register_outputs({"secret_arns": self.secret_arns})

    def _list_databases(self, specs: Mapping[str, DatabaseSpec]) -> None:
        """The names of all databases, for people and scripts. A hook for before a deletion would be simpler to read, but
        then no `pulumi destroy` would work without `--run-program`.
        """
        aws.ssm.Parameter(
            f"{self._name}-databases",
            name=f"/{self._name}/databases",
            description=f"The services' databases in {self._name}",
            type="StringList",
            insecure_value=",".join(sorted(spec.name for spec in specs.values())) or "none",
            opts=self._child.merge(
                pulumi.ResourceOptions(
                    hooks=pulumi.ResourceHookBinding(before_update=[removal_warning(self._name)])
                )
            ),
        )

    def _make_identity(self, cluster: Cluster) -> list[pulumi.Resource]:
        """The account of the jobs, whose role may read the master's secret and nothing else."""
        name = f"{self._name}-databases"
        role, _ = service_role(
            name,
            service=POD_IDENTITY,
            description="Lets the job that makes databases read the master's secret",
            opts=self._child,
        )
        allowed = [
            {
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": self._database.master_secret_arn,
            },
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": self._database.master_key_arn},
        ]
        policy = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": allowed}),
            opts=self._child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            name,
            metadata={"name": ACCOUNT, "namespace": NAMESPACE},
            automount_service_account_token=False,
            opts=self._in_namespace,
        )
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=cluster.cluster_name,
            namespace=NAMESPACE,
            service_account=ACCOUNT,
            role_arn=role.arn,
            opts=self._child,
        )
        return [policy, account, association]

    def _make_logins(self, label: str, spec: DatabaseSpec, password_version: int) -> str:
        """The logins of the roles of one service's database; the name of the Secret with their verifiers."""
        hosts = {spec.owner: self._database.endpoint}
        if spec.read_only:
            hosts[spec.read_only] = self._database.reader_endpoint
        logins = {
            role: DatabaseLogin(
                f"{self._name}-{label}{'' if role == spec.owner else '-read-only'}",
                role=role,
                database=spec.name,
                host=host,
                port=DEFAULT_PORT,
                password_version=password_version,
                key=self._key,
                opts=self._child,
            )
            for role, host in hosts.items()
        }
        self.secret_arns = {**self.secret_arns, label: logins[spec.owner].secret_arn}
        verifiers = f"{label}-verifiers"
        kubernetes.core.v1.Secret(
            f"{self._name}-{verifiers}",
            metadata={"name": verifiers, "namespace": NAMESPACE},
            string_data={role: login.verifier for role, login in logins.items()},
            opts=self._in_namespace,
        )
        return verifiers


def removal_warning(name: str) -> pulumi.ResourceHook:
    """Tells, at preview too, which databases leave the stack file: the list of them is about to change."""

    def warn(update: pulumi.ResourceHookArgs) -> None:
        before, after = (
            (inputs or {}).get("insecureValue") for inputs in (update.old_inputs, update.new_inputs)
        )
        for database in sorted(set(str(before).split(",")) - set(str(after).split(","))):
            pulumi.log.warn(
                f"database {database} is no longer in the stack file. Nothing is dropped: database, role and secret stay, and "
                "the stack forgets them. Put it back to manage it again; once nobody needs it, write "
                f"`drop: {{{database}: confirmed}}` under `plinth:database`."
            )

    return pulumi.ResourceHook(f"{name}: databases", warn, pulumi.ResourceHookOptions(on_dry_run=True))
