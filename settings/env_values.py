"""Variables that a stack file gives a service as they stand: what must not be among them, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from settings.problems import Finding, problem, problems, shown

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Refusal(NamedTuple):
    """A variable whose name and value both match is refused: `why` and what to write."""

    name: re.Pattern[str]
    value: re.Pattern[str]
    why: str
    remedy: str


def refusal(name: str, value: str, why: str, remedy: str) -> Refusal:
    return Refusal(re.compile(name, re.IGNORECASE), re.compile(value, re.IGNORECASE), why, remedy)


UNDER_SECRETS = "Write its name under `secrets`, and its value into the service's secret in Secrets Manager"

REFUSALS = (
    refusal(
        r"(password|passwd|passphrase|secret|token|api_?key|private_?key|credentials?)$",
        r".",
        "stands in plain text in the stack file, its history and each pod's manifest (incident env-contract)",
        UNDER_SECRETS,
    ),
    refusal(
        r"",
        r"-----BEGIN|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20}|\bsk_live_|\bxox[abpr]-|^eyJ[\w-]+\.|://[^/\s:@]*:[^@\s/]+@",
        "holds a key or a password in plain text (incident env-contract)",
        UNDER_SECRETS,
    ),
    refusal(
        r"",
        r"\blocalhost\b|\b127\.\d+\.\d+\.\d+\b|\[::1\]",
        "leads into the pod itself, where nobody listens (incident env-contract)",
        "Write the name of a service, or say what it needs under `needs`",
    ),
    refusal(
        r"",
        r"^redis://",
        "is plain text to a cache that speaks TLS: clients would hang on connect (incident cache-tls)",
        "Write `needs: [redis]`, which gives REDIS_URL",
    ),
    refusal(
        r"",
        r"\.(rds|cache|es)\.amazonaws\.com\b",
        "is the address of one data store, which is another in each stack (incident env-contract)",
        "Say what the service needs under `needs`, which gives the address",
    ),
    refusal(
        r"",
        r"sslmode=(disable|allow|prefer)\b",
        "lets passwords and rows cross the network in clear (incident database-tls)",
        "Leave it out: DB_SSLMODE and DATABASE_URL say verify-full",
    ),
    refusal(
        r"^((node|app|flask|rails|rack)_env|aspnetcore_environment|spring_profiles_active|gin_mode)$",
        r"^(dev|development|debug|local|test)$",
        "runs the code as on a developer's machine (incident dev-command)",
        "Write production, or leave it out",
    ),
    refusal(
        r"^(debug|(django|flask|app)_debug)$",
        r"^(1|true|yes|on)$",
        "shows internals to whoever causes an error (incident dev-command)",
        "Leave it out",
    ),
    refusal(
        r"cors_.*origins?$|^cors_origins?$",
        r"\*|^http://|,\s*http://",
        "lets any page, or one without TLS, call with its user's cookies (incident cors-origin)",
        "Leave it out, or write https origins",
    ),
)


def check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise problem(
            f"{shown(name)} is no name of a variable, so no program could read it. Write letters, digits and underscores."
        )
    return name


VariableName = Annotated[str, AfterValidator(check_name)]


def check_literals(env: Mapping[str, str]) -> Mapping[str, str]:
    """`env` when all of it may stand in a stack file. No message shows a value."""
    found = [
        Finding(name, f"{refused.why}. {refused.remedy}.")
        for name, value in env.items()
        for refused in REFUSALS
        if refused.name.search(name) and refused.value.search(value)
    ]
    if found:
        # One line a variable: the first reason is enough.
        raise problems(list({finding.key: finding for finding in reversed(found)}.values())[::-1])
    return env
