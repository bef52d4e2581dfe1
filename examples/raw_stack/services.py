"""Two services with a database and a secret each, delivered by the stack; a third one by Argo CD."""

import cluster
import content
import data
import edge
import firewall
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from workload import migration, workload

HOST = "shop.example.com"
DIGEST = "sha256:0f3b1c5d7e9a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f4a6b8c0d1e3f5a7b9c"
IMAGE = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com"

namespace = kubernetes.core.v1.Namespace(
    "shop",
    metadata={"name": "shop", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    opts=cluster.in_cluster,
)
SQL = ["CREATE ROLE {0} LOGIN", "CREATE DATABASE {0}_db OWNER {0}"]
databases = kubernetes.batch.v1.Job(
    "databases",
    metadata={"name": "databases-1f3a9c02be", "namespace": "shop"},
    spec=migration(
        "postgres",
        f"docker.io/library/postgres@{DIGEST}",
        ["psql", "-c", "; ".join(line.format(name) for name in ("orders", "chat") for line in SQL)],
        {"PGHOST": data.database.endpoint, "PGSSLMODE": "verify-full", "PGDATABASE": "postgres"},
    ),
    opts=cluster.in_cluster,
)


def environment(name):
    return {
        "NODE_ENV": "production",
        "DB_HOST": data.database.endpoint,
        "DB_PORT": "5432",
        "DB_NAME": f"{name}_db",
        "DB_USER": name,
        "DB_POOL_SIZE": "10",
        "PGSSLMODE": "verify-full",
        "REDIS_HOST": data.cache.primary_endpoint_address,
        "REDIS_TLS": "true",
        "CDN_BASE_URL": content.ADDRESS,
        "CORS_ORIGINS": f"https://{HOST}",
        "UPLOAD_MAX_BYTES": str(firewall.BODY_BYTES),
        "OPENSEARCH_ENABLED": "false",
        "RABBITMQ_ENABLED": "false",
        "TRUST_PROXY": "true",
    }


def service(name, target, **extra):
    image = f"{IMAGE}/{name}@{DIGEST}"
    aws.ecr.Repository(
        name,
        name=name,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
    )
    secret = aws.secretsmanager.Secret(name, name=f"shop/{name}")
    role = aws.iam.Role(name, assume_role_policy=cluster.trust("pods.eks.amazonaws.com", "sts:TagSession"))
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret.arn}
    aws.iam.RolePolicy(
        name,
        role=role.id,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [read]}),
    )
    aws.eks.PodIdentityAssociation(
        name, cluster_name=cluster.cluster.name, namespace="shop", service_account=name, role_arn=role.arn
    )
    kubernetes.core.v1.ServiceAccount(
        name, metadata={"name": name, "namespace": "shop"}, opts=cluster.in_cluster
    )
    env = {**environment(name), **extra}
    kubernetes.batch.v1.Job(
        f"{name}-migration",
        metadata={"name": f"{name}-migration-5d2e8f41aa", "namespace": "shop", "labels": {"app": name}},
        spec=migration(name, image, ["npm", "run", "migrate"], env),
        opts=pulumi.ResourceOptions.merge(cluster.in_cluster, pulumi.ResourceOptions(depends_on=[databases])),
    )
    workload(name, image, env, target)


service("orders", edge.orders)
service("chat", edge.chat, WEBSOCKET_PING_INTERVAL_SECONDS="60")

kubernetes.apiextensions.CustomResource(
    "storefront",
    api_version="argoproj.io/v1alpha1",
    kind="Application",
    metadata={"name": "storefront", "namespace": "argocd"},
    spec={
        "project": "shop",
        "source": {
            "repoURL": "https://git.example.com/storefront.git",
            "path": "chart",
            "targetRevision": "v2.4.1",
        },
        "destination": {"name": "in-cluster", "namespace": "shop"},
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "retry": {"limit": 5}},
    },
    opts=cluster.in_cluster,
)
