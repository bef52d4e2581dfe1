"""Search: an OpenSearch domain in the data subnets, which nothing but the stack's pods can reach.

On the DOA market search was never deployed, and its services crash-looped (incident `absent-backend`). Owns the domain, its
key, password and security group. Fine-grained access knows one user, whose password is in Secrets Manager: the domain's own
policy lets everybody in who can reach it, and the user decides (OpenSearch Service developer guide, "Fine-grained access
control in Amazon OpenSearch Service", internal user database and HTTP basic authentication).

The account needs the service-linked role of OpenSearch once (`aws iam create-service-linked-role --aws-service-name
opensearchservice.amazonaws.com`); a second stack could not make it again, so this one does not.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.bucket import policy_document
from components.keys import encryption_key
from components.network import Network
from components.secrets import GeneratedSecret
from components.security_groups import admit, closed_group
from settings.environment import SEARCH_USER
from settings.search import SearchSettings

PORT = 443
TLS_POLICY = "Policy-Min-TLS-1-2-PFS-2023-10"


class Search(pulumi.ComponentResource):
    """The stack's search domain."""

    endpoint: pulumi.Output[str]
    """Its host name."""

    secret_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: SearchSettings,
        *,
        network: Network,
        workload_security_group_id: pulumi.Input[str],
        region: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the domain `name`, open to those who carry the workload group, in AWS region `region`."""
        super().__init__("plinth:index:Search", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        label = f"{name}-search"
        key = encryption_key(label, f"Encrypts the search domain of {name} and its password", opts=child)
        secret = GeneratedSecret(
            label,
            f"The password of the search domain of {name}",
            version=settings.password_version,
            key=key,
            content={"username": SEARCH_USER},
            special=True,
            opts=child,
        )
        group = closed_group(label, "OpenSearch: TLS from pods", vpc_id=network.vpc_id, opts=child)
        admit(
            f"{label}-workloads",
            "OpenSearch from pods",
            group=group.id,
            source=workload_security_group_id,
            port=PORT,
            opts=child,
        )
        zones = min(settings.instances, 2)
        domain = aws.opensearch.Domain(
            name,
            domain_name=name,
            engine_version=f"OpenSearch_{settings.version}",
            cluster_config={
                "instance_type": settings.instance_type,
                "instance_count": settings.instances,
                "zone_awareness_enabled": zones > 1,
                "zone_awareness_config": {"availability_zone_count": zones} if zones > 1 else None,
            },
            ebs_options={"ebs_enabled": True, "volume_type": "gp3", "volume_size": settings.volume_gib},
            vpc_options={"subnet_ids": network.data_subnet_ids[:zones], "security_group_ids": [group.id]},
            encrypt_at_rest={"enabled": True, "kms_key_id": key.arn},
            node_to_node_encryption={"enabled": True},
            domain_endpoint_options={"enforce_https": True, "tls_security_policy": TLS_POLICY},
            advanced_security_options={
                "enabled": True,
                "internal_user_database_enabled": True,
                "master_user_options": {
                    "master_user_name": SEARCH_USER,
                    "master_user_password": secret.password,
                },
            },
            access_policies=policy_document(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "es:ESHttp*",
                    "Resource": self._arn(name, region),
                }
            ),
            opts=child,
        )
        self.endpoint, self.secret_arn = domain.endpoint, secret.secret_arn
        self.register_outputs({"endpoint": self.endpoint, "secret_arn": self.secret_arn})

    def _arn(self, name: str, region: str) -> pulumi.Output[str]:
        """What all in the domain will be called, which its policy has to say before it is there."""
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        return pulumi.Output.concat(f"arn:aws:es:{region}:", account_id, f":domain/{name}/*")
