"""KMS: keys, their aliases, policies and grants.

Refusals: KMS developer guide, "Default key policy" (the lockout safety check) and KMS API reference, `CreateKey`. Here any
principal of the account may be the caller's: only a policy that leaves the key to nobody of the account is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from plinth.simulator.aws.naming import arn, of_input, text, uuid_of
from plinth.simulator.check import Failure
from plinth.simulator.creation import ACCOUNT, Creation, Kind
from plinth.simulator.rules import Rules, Values, at, between, known

LOCKED_OUT = "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future."


def key(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, f"key/{id_}"), "keyId": id_}


def alias(creation: Creation, id_: str) -> Mapping[str, Any]:
    target = text(creation, "targetKeyId").rpartition("/")[2]
    return {"arn": arn(creation, id_), "targetKeyArn": arn(creation, f"key/{target}")}


def grant(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"grantId": id_.rpartition(":")[2], "grantToken": creation.hex(64, "token")}


def key_arguments(values: Values) -> Iterator[Failure]:
    yield from between(values, "deletionWindowInDays", 7, 30)
    yield from between(values, "rotationPeriodInDays", 90, 2560)
    yield from policy_arguments(values)


def policy_arguments(values: Values) -> Iterator[Failure]:
    policy = known(values, "policy")
    if isinstance(policy, str) and not isinstance(parsed(policy), dict):
        yield at("policy", '"policy" contains an invalid JSON policy: not a JSON object')


def policy_change(creation: Creation, _old: Values) -> Iterator[str]:
    policy = creation.inputs.get("policy")
    if policy and not creation.inputs.get("bypassPolicyLockoutSafetyCheck") and locks_out(parsed(policy)):
        yield LOCKED_OUT


def parsed(policy: str) -> Any:
    """The policy document; None for what is no JSON."""
    try:
        return json.loads(policy)
    except ValueError:
        return None


def locks_out(document: Any) -> bool:
    """Whether no statement lets anybody of the account put another policy on the key."""
    return not any(
        statement.get("Effect") == "Allow"
        and any(fnmatchcase("kms:putkeypolicy", action.lower()) for action in many(statement.get("Action")))
        and any(is_own(principal) for principal in principals(statement.get("Principal")))
        for statement in many(document.get("Statement"))
    )


def principals(principal: Any) -> list[str]:
    return many(principal.get("AWS")) if isinstance(principal, dict) else many(principal)  # pyright: ignore


def is_own(principal: str) -> bool:
    return principal in {"*", ACCOUNT} or f":{ACCOUNT}:" in principal


def many(value: Any) -> list[Any]:
    """One or a list, as IAM writes both."""
    return [] if value is None else value if isinstance(value, list) else [value]  # pyright: ignore


KINDS: Mapping[str, Kind] = {
    "aws:kms/key:Key": Kind(
        uuid_of,
        key,
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "isEnabled": True},
    ),
    "aws:kms/alias:Alias": Kind(of_input("name"), alias, unique=True),
    "aws:kms/grant:Grant": Kind(lambda creation: f"{text(creation, 'keyId')}:{creation.hex(64)}", grant),
    "aws:kms/keyPolicy:KeyPolicy": Kind(of_input("keyId"), unique=True),
}
RULES: Mapping[str, Rules] = {
    "aws:kms/key:Key": Rules(key_arguments, policy_change),
    "aws:kms/keyPolicy:KeyPolicy": Rules(policy_arguments, policy_change),
}
