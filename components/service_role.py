"""What a service's pods may do in AWS: what it declares, and nothing else (incident `secret-access`)."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.backends import Backends
from components.bucket import policy_document
from components.cluster import Cluster
from components.database import Database
from components.iam import POD_IDENTITY, service_role
from settings.needs import named
from settings.service import Service


def make_role(
    name: str,
    label: str,
    service: Service,
    *,
    backends: Backends,
    cluster: Cluster,
    namespace: str,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """The role of the service `label` for its service account of the same name; none for one that asks nothing of AWS.

    What is returned has to be there before its pods start: credentials are handed to new pods only.
    """
    policies = documents(label, service, backends)
    if not policies:
        return []
    role, _ = service_role(name, service=POD_IDENTITY, description=f"What {label} may do in AWS", opts=opts)
    attached: list[pulumi.Resource] = [
        aws.iam.RolePolicy(f"{name}-{purpose}", role=role.name, policy=document, opts=opts)
        for purpose, document in policies.items()
    ]
    association = aws.eks.PodIdentityAssociation(
        name,
        cluster_name=cluster.cluster_name,
        namespace=namespace,
        service_account=label,
        role_arn=role.arn,
        opts=opts,
    )
    return [*attached, association]


def documents(label: str, service: Service, backends: Backends) -> dict[str, pulumi.Input[str]]:
    """The policies of a service's role, by purpose."""
    found: dict[str, pulumi.Input[str]] = {}
    database = service.own_database(label)
    if backends.database and database and database.auth == "iam":
        found["database"] = connect_policy(backends.database, database.name or label)
    if backends.content and "bucket" in service.needs:
        found["bucket"] = backends.content.upload_policy(label)
    messages = [
        *map(backends.messaging.send_and_receive, named(service.needs, "queue")),
        *map(backends.messaging.publish, named(service.needs, "topic")),
    ]
    if messages:
        found["messages"] = policy_document(*messages)
    return found


def connect_policy(database: Database, user: str) -> pulumi.Output[str]:
    """Logging in as `user` (Aurora user guide, "Creating and using an IAM policy for IAM database access")."""
    # arn:aws:rds:REGION:ACCOUNT:cluster:NAME
    place = database.arn.apply(lambda arn: ":".join(arn.split(":")[3:5]))
    resource = pulumi.Output.concat("arn:aws:rds-db:", place, ":dbuser:", database.resource_id, f"/{user}")
    return policy_document({"Effect": "Allow", "Action": "rds-db:connect", "Resource": resource})
