"""Secrets Manager.

Refusals: Secrets Manager user guide, "Delete an AWS Secrets Manager secret" (the recovery window), API reference,
`CreateSecret`; Terraform AWS provider, `aws_secretsmanager_secret`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, of_input, text, uuid_of
from plinth.simulator.check import Failure
from plinth.simulator.creation import Creation, Kind
from plinth.simulator.rules import Rules, Values, at, conflicting, known

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
RECOVERY_DAYS = 30
"""The recovery window when none is given; 0 deletes at once."""


def secret_arn(creation: Creation) -> str:
    """Secrets Manager puts six random characters behind the name."""
    return arn(creation, f"secret:{text(creation, 'name')}-{creation.hex(6, 'suffix')}")


def version(creation: Creation, id_: str) -> Mapping[str, Any]:
    secret = text(creation, "secretId")
    return {
        "arn": secret,
        "secretArn": secret,
        "versionId": id_.rpartition("|")[2],
        "versionStages": ["AWSCURRENT"],
    }


def secret_arguments(values: Values) -> Iterator[Failure]:
    days = known(values, "recoveryWindowInDays")
    if days is not None and days != 0 and not 7 <= float(days) <= RECOVERY_DAYS:
        yield at(
            "recoveryWindowInDays",
            f"expected recovery_window_in_days to be 0 or in the range (7 - 30), got {days}",
        )


def secret_change(creation: Creation, old: Values) -> Iterator[str]:
    name = text(creation, "name")
    if old:
        return
    if creation.is_kept(name):
        yield (
            "InvalidRequestException: You can't create this secret because a secret with this name is already "
            "scheduled for deletion."
        )
    if any(record.properties.get("name") == name for record in creation.others(SECRET)):
        yield f"ResourceExistsException: The operation failed because the secret {name} already exists."


def kept_name(creation: Creation) -> str | None:
    window = creation.inputs.get("recoveryWindowInDays")
    return None if window == 0 else text(creation, "name")


def version_arguments(values: Values) -> Iterator[Failure]:
    yield from conflicting(values, "secretString", "secretBinary", "secretStringWo")


KINDS: Mapping[str, Kind] = {
    SECRET: Kind(
        secret_arn,
        lambda _creation, id_: {"arn": id_},
        {"recoveryWindowInDays": RECOVERY_DAYS, "forceOverwriteReplicaSecret": False},
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Kind(
        lambda creation: f"{text(creation, 'secretId')}|{uuid_of(creation, 'version')}", version
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": Kind(of_input("secretId"), unique=True),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Kind(of_input("secretArn"), unique=True),
}
RULES: Mapping[str, Rules] = {
    SECRET: Rules(secret_arguments, secret_change, keeps=kept_name),
    "aws:secretsmanager/secretVersion:SecretVersion": Rules(version_arguments),
}
