"""Secrets of AWS Secrets Manager as Secrets of Kubernetes: External Secrets Operator, and what it may read.

The operator reads with its own role, by Pod Identity (External Secrets Operator documentation, "AWS Access"), which opens the
secrets of this stack alone. Secrets of RDS (the master's) have names of another beginning, and stay closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.bucket import policy_document
from components.cluster import Cluster
from components.iam import POD_IDENTITY, service_role
from components.restricted_pod import restricted_namespace

NAMESPACE = "external-secrets"
ACCOUNT = "external-secrets"
CHART = "external-secrets"
REPOSITORY = "https://charts.external-secrets.io"
VERSION = "2.0.0"
"""Of the chart, and of the operator in it (external-secrets/external-secrets, `deploy/charts/external-secrets/Chart.yaml`)."""

API_VERSION = "external-secrets.io/v1"
STORE = "aws-secrets-manager"

RESOURCES = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
"""Of each of its three pods; the capacity budget keeps room for them (`settings/capacity.py`, `OPERATOR_PODS`)."""

REFRESH = "1h"


class ExternalSecrets(pulumi.ComponentResource):
    """The operator, and the store of one namespace through which its services read."""

    store: kubernetes.apiextensions.CustomResource

    def __init__(
        self,
        name: str,
        *,
        namespace: kubernetes.core.v1.Namespace,
        namespace_name: str,
        cluster: Cluster,
        region: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the operator of the stack `name`, whose secrets' names begin so, and the store of `namespace`."""
        super().__init__("plinth:index:ExternalSecrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = self._make_identity(name, cluster, region, child)
        own = restricted_namespace(NAMESPACE, opts=child)
        operator = kubernetes.helm.v3.Release(
            f"{name}-{CHART}",
            name=CHART,
            chart=CHART,
            version=VERSION,
            namespace=NAMESPACE,
            repository_opts={"repo": REPOSITORY},
            atomic=True,
            values={
                "serviceAccount": {"name": ACCOUNT},
                "resources": RESOURCES,
                "webhook": {"resources": RESOURCES},
                "certController": {"resources": RESOURCES},
            },
            opts=child.merge(pulumi.ResourceOptions(depends_on=[cluster, own, *identity])),
        )
        self.store = kubernetes.apiextensions.CustomResource(
            f"{name}-{STORE}",
            api_version=API_VERSION,
            kind="SecretStore",
            metadata={"name": STORE, "namespace": namespace_name},
            spec={"provider": {"aws": {"service": "SecretsManager", "region": region}}},
            opts=child.merge(pulumi.ResourceOptions(depends_on=[operator, namespace])),
        )
        self.register_outputs({})

    def _make_identity(
        self, name: str, cluster: Cluster, region: str, child: pulumi.ResourceOptions
    ) -> list[pulumi.Resource]:
        role, _ = service_role(
            f"{name}-{CHART}",
            service=POD_IDENTITY,
            description=f"Lets External Secrets Operator read the secrets of {name}",
            opts=child,
        )
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        policy = aws.iam.RolePolicy(
            f"{name}-{CHART}",
            role=role.name,
            policy=policy_document(
                {
                    "Effect": "Allow",
                    "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                    "Resource": pulumi.Output.concat(
                        f"arn:aws:secretsmanager:{region}:", account_id, f":secret:{name}-*"
                    ),
                },
                {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": pulumi.Output.concat(f"arn:aws:kms:{region}:", account_id, ":key/*"),
                    "Condition": {
                        "StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"},
                        "StringLike": {
                            "kms:EncryptionContext:SecretARN": pulumi.Output.concat(
                                f"arn:aws:secretsmanager:{region}:", account_id, f":secret:{name}-*"
                            )
                        },
                    },
                },
            ),
            opts=child,
        )
        association = aws.eks.PodIdentityAssociation(
            f"{name}-{CHART}",
            cluster_name=cluster.cluster_name,
            namespace=NAMESPACE,
            service_account=ACCOUNT,
            role_arn=role.arn,
            opts=child,
        )
        return [policy, association]


def external_secret(
    name: str,
    *,
    object_name: str,
    namespace: str,
    keys: Mapping[str, tuple[pulumi.Input[str], str]],
    opts: pulumi.ResourceOptions,
) -> kubernetes.apiextensions.CustomResource:
    """A Secret `object_name` that the operator fills: by its key, the ARN of a secret and the property in it."""
    data: list[Any] = [
        {"secretKey": key, "remoteRef": {"key": arn, "property": property_}}
        for key, (arn, property_) in keys.items()
    ]
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind="ExternalSecret",
        metadata={"name": object_name, "namespace": namespace},
        spec={
            "refreshInterval": REFRESH,
            "secretStoreRef": {"name": STORE, "kind": "SecretStore"},
            "target": {"name": object_name, "creationPolicy": "Owner"},
            "data": data,
        },
        opts=opts,
    )
