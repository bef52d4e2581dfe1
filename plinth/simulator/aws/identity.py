"""IAM, KMS, Secrets Manager and the log groups: who may do what, and where it is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, joined, of_input, text, uuid_of
from plinth.simulator.creation import CREATED, Creation, Kind


def iam(resource: str) -> Callable[[Creation, str], Mapping[str, Any]]:
    """ARN and unique id of an IAM entity (IAM user guide, "IAM identifiers")."""

    def computed(creation: Creation, _id: str) -> Mapping[str, Any]:
        path = text(creation, "path", "/").strip("/")
        where = f"{resource}/{path}/" if path else f"{resource}/"
        unique = f"AROA{creation.hex(17, 'unique').upper()}"
        return {
            "arn": arn(creation, where + text(creation, "name")),
            "uniqueId": unique,
            "createDate": CREATED,
        }

    return computed


def kms_key(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"key/{id_}"), "keyId": id_}


def kms_alias(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, id_), "targetKeyArn": arn(creation, f"key/{text(creation, 'targetKeyId')}")}


def log_group(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"log-group:{id_}", "logs")}


def secret_arn(creation: Creation) -> str:
    """Secrets Manager puts six random characters behind the name."""
    return arn(creation, f"secret:{text(creation, 'name')}-{creation.hex(6, 'suffix')}")


KINDS: Mapping[str, Kind] = {
    "aws:iam/role:Role": Kind(
        of_input("name"), iam("role"), {"path": "/", "maxSessionDuration": 3600}, unique=True
    ),
    "aws:iam/user:User": Kind(of_input("name"), iam("user"), {"path": "/"}, unique=True),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        of_input("name"), iam("instance-profile"), {"path": "/"}, unique=True
    ),
    "aws:iam/policy:Policy": Kind(
        lambda creation: str(iam("policy")(creation, "")["arn"]), iam("policy"), {"path": "/"}, unique=True
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(joined(":", "role", "name")),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(joined("/", "role", "policyArn")),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        lambda creation: arn(creation, f"oidc-provider/{text(creation, 'url').removeprefix('https://')}"),
        lambda _creation, id_: {"arn": id_},
    ),
    "aws:kms/key:Key": Kind(
        uuid_of,
        kms_key,
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "isEnabled": True},
    ),
    "aws:kms/alias:Alias": Kind(of_input("name"), kms_alias, unique=True),
    "aws:secretsmanager/secret:Secret": Kind(secret_arn, lambda _creation, id_: {"arn": id_}),
    "aws:secretsmanager/secretVersion:SecretVersion": Kind(
        lambda creation: f"{text(creation, 'secretId')}|{uuid_of(creation, 'version')}",
        lambda _creation, id_: {"versionId": id_.rpartition("|")[2], "versionStages": ["AWSCURRENT"]},
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        of_input("name"), log_group, {"skipDestroy": False}, unique=True
    ),
}
