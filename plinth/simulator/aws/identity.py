"""IAM: who may do what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, joined, of_input, text
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
}
