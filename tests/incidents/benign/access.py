"""Who may do what: who reads which secret, and who reaches the Kubernetes API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.manifests import added, aws
from tests.incidents.benign.variation import Added, Change, Copied, Place, Removed, Variations
from tests.incidents.flips import GONE, Flip

ROLE: Place = ("iam/role:Role", "orders")
POLICY: Place = ("RolePolicy", "orders")
EKS: Place = ("eks/cluster:Cluster", "shop")
READ = "secretsmanager:GetSecretValue"
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop/orders"


def statement(
    action: Any = READ, resource: Any = f"{ARN}-a1B2c3", effect: str = "Allow", **said: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **said}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def allows(*statements: Mapping[str, Any]) -> list[Change]:
    """The policy of `orders`, written out."""
    return [Flip(*POLICY, ("policy",), policy(*statements))]


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def managed(name: str, text: Any, **edges: Place) -> Added:
    return aws("iam/policy:Policy", name, edges, name=name, policy=text)


def attached(name: str) -> Added:
    """A managed policy of the stack on the role of `orders`."""
    edges = {"role": ROLE, "policyArn": ("iam/policy:Policy", name)}
    return Added(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        f"orders-{name}",
        {"role": UNKNOWN, "policyArn": UNKNOWN},
        edges,
    )


SECRET_ACCESS: Variations = {
    "secret-access": {
        "the secret by its name and six letters": allows(statement(resource=f"{ARN}-??????")),
        "all secrets below one's own name": allows(statement(resource=[f"{ARN}/*", f"{ARN}-??????"])),
        "several actions, on it": allows(statement(action=[READ, "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"])),
        "reading, as a pattern": allows(statement(action="secretsmanager:Get*")),
        "letters of any case": allows(statement(action="SecretsManager:getSecretValue")),
        "one statement that is no list": [Flip(*POLICY, ("policy",), json.dumps({"Version": "2012-10-17", "Statement": statement()}))],
        "a policy as an object": [Flip(*POLICY, ("policy",), {"Version": "2012-10-17", "Statement": [statement()]})],
        "lists of secrets, which AWS has on all or none": allows(statement(), statement(["secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue"], "*")),
        "all that have its tag": allows(statement(resource="*", **condition("StringEquals", "secretsmanager:ResourceTag/service", "orders"))),
        "all that have its team's tag": allows(statement(resource="*", **condition("StringEquals", "aws:ResourceTag/team", ["${aws:PrincipalTag/team}"]))),
        "a denial from elsewhere": allows(statement(), statement("secretsmanager:*", "*", "Deny", **condition("StringNotEquals", "aws:SourceVpc", "vpc-0a1b2c3d"))),
        "all actions, on a bucket": allows(statement(), statement("*", ["arn:aws:s3:::shop-reports", "arn:aws:s3:::shop-reports/*"])),
        "all but some actions, on machines": allows(statement(), {"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:ec2:*:123456789012:instance/*"}),
        "its key besides": allows(statement(), statement("kms:Decrypt", "*", **condition("StringEquals", "kms:ViaService", "secretsmanager.ap-northeast-2.amazonaws.com"))),
        "a secret of another account": allows(statement(resource="arn:aws:secretsmanager:ap-northeast-2:210987654321:secret:partner-Zz9Yy8")),
        "a policy within the role": [Removed(POLICY), Flip(*ROLE, ("inlinePolicies",), [{"name": "read", "policy": policy(statement())}])],
        "a managed policy of the stack": [Removed(POLICY), managed("orders-secret", UNKNOWN, policy=("Secret", "orders")), attached("orders-secret")],
        "a role by the service account's annotation": [
            Removed(("PodIdentityAssociation", "orders")), Flip(*ROLE, ("arn",), "arn:aws:iam::123456789012:role/orders"),
            Flip("ServiceAccount", "orders", ("metadata",), {
                "name": "orders", "namespace": "shop", "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/orders"},
            }),
        ],
        "the same service account in a second cluster": [Copied(("PodIdentityAssociation", "orders"), "orders-oregon", {("clusterName",): "shop-oregon"})],
        "a boundary, which grants nothing": [
            managed("boundary", policy(statement("*", "*"), statement("iam:*", "*", "Deny"))),
            aws("iam/role:Role", "pipeline", {"permissionsBoundary": ("iam/policy:Policy", "boundary")}, permissionsBoundary=UNKNOWN, assumeRolePolicy=policy()),
        ],
        "what says nothing of secrets": [managed("parameters", policy(statement("ssm:GetParametersByPath", "arn:aws:ssm:*:123456789012:parameter/shop/orders/*")))],
    },
}  # fmt: skip


def eks(*path: str | int, value: Any) -> Flip:
    return Flip(*EKS, path, value)


def open_to(*cidrs: Any) -> Flip:
    return eks("vpcConfig", "publicAccessCidrs", value=[*cidrs])


KEY = "arn:aws:kms:ap-northeast-2:210987654321:key/0a1b2c3d-0000-4000-8000-0123456789ab"
PRIVATE = eks("vpcConfig", "endpointPublicAccess", value=False)

CLUSTER_ACCESS: Variations = {
    "cluster-access": {
        "access entries beside the ConfigMap": [
            eks("accessConfig", "authenticationMode", value="API_AND_CONFIG_MAP"),
            added("ConfigMap", "aws-auth", {"namespace": "kube-system"}, data={"mapRoles": "- rolearn: arn:aws:iam::123456789012:role/nodes\n"}),
        ],
        "a creator who is an administrator": [eks("accessConfig", "bootstrapClusterCreatorAdminPermissions", value=True)],
        "no word of the creator": [eks("accessConfig", value={"authenticationMode": "API"})],
        "a private endpoint": [PRIVATE, eks("vpcConfig", "publicAccessCidrs", value=GONE)],
        "a private endpoint, AWS's CIDRs left": [PRIVATE, open_to("0.0.0.0/0")],
        "no word of the public endpoint, but CIDRs": [eks("vpcConfig", "endpointPublicAccess", value=GONE)],
        "several offices": [open_to("203.0.113.0/24", "198.51.100.7/32", "2001:db8:1::/48")],
        "the addresses that the stack's NAT has": [
            aws(
                "eks/cluster:Cluster", "build", {"vpcConfig": ("Eip", "nat-0")}, name="build", accessConfig={"authenticationMode": "API"},
                vpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24", UNKNOWN]},
                encryptionConfig={"provider": {"keyArn": KEY}, "resources": ["secrets"]}, enabledClusterLogTypes=["audit", "authenticator"],
            ),
            aws("cloudwatch/logGroup:LogGroup", "build", name="/aws/eks/build/cluster", retentionInDays=30.0),
        ],
        "all kinds of logs": [eks("enabledClusterLogTypes", value=["scheduler", "controllerManager", "authenticator", "audit", "api"])],
        "the two kinds of logs that tell of people": [eks("enabledClusterLogTypes", value=["audit", "authenticator"])],
        "a key of another account": [
            eks("encryptionConfig", value={"provider": {"keyArn": KEY}, "resources": ["secrets"]}),
        ],
        "a cluster in a second region": [
            Copied(EKS, "oregon", {("name",): "shop-oregon", ("region",): "us-west-2"}),
            aws("cloudwatch/logGroup:LogGroup", "oregon", name="/aws/eks/shop-oregon/cluster", retentionInDays=30.0),
        ],
    },
}  # fmt: skip

VARIATIONS: Variations = {**SECRET_ACCESS, **CLUSTER_ACCESS}
