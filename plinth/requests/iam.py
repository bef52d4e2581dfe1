"""Resource policies as IAM evaluates them: may a principal do an action to a resource?

Sources: IAM user guide, "Policy evaluation logic" (an explicit Deny wins, and what no statement allows is denied), "IAM JSON
policy elements reference" (one value or a list; actions in any letter case), "IAM JSON policy elements: Condition operators"
(all tests of a statement hold together, the values of one are alternatives, keys have any letter case; a key that a request
does not have fails a test, but for those with `IfExists` and those that say `Not`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plinth.requests.answer import NotEvaluated

Said = Mapping[str, Any]
"""A statement, as its policy has it."""


@dataclass(frozen=True)
class Request:
    """Who asks for what. `context` has the condition keys of the request in lower case.

    `principal` is as policies write one, its type and its name: `("Service", "cloudfront.amazonaws.com")`.
    """

    principal: tuple[str, str]
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict[str, str])


ANONYMOUS = ("AWS", "*")


@dataclass(frozen=True)
class Decision:
    """Whether a policy allows a request, and why not."""

    allowed: bool
    reason: str = ""


def decide(policy: str | None, request: Request) -> Decision:
    """What `policy`, a JSON text, says to `request`. Raises `NotEvaluated` where a statement asks what is not known here."""
    statements: list[Said] = many(json.loads(policy).get("Statement")) if policy else []
    about = [statement for statement in statements if is_about(statement, request)]
    denying = [
        statement for statement in about if statement.get("Effect") == "Deny" and holds(statement, request)
    ]
    if denying:
        return Decision(False, f"{named(denying[0])} denies it")
    allowing = [statement for statement in about if statement.get("Effect") == "Allow"]
    if any(holds(statement, request) for statement in allowing):
        return Decision(True)
    if allowing:
        conditions = "; ".join(f"{named(one)} only if {json.dumps(one['Condition'])}" for one in allowing)
        return Decision(False, f"no statement allows it: {conditions}")
    return Decision(False, "no statement allows it")


def named(statement: Said) -> str:
    return f"statement {statement['Sid']!r}" if statement.get("Sid") else "a statement without Sid"


def is_about(statement: Said, request: Request) -> bool:
    """Whether principal, action and resource of a statement are those of the request."""
    return (
        (is_named(statement.get("Principal"), request) or except_for("NotPrincipal", is_named, statement, request))
        and (is_action(statement.get("Action"), request) or except_for("NotAction", is_action, statement, request))
        and (is_resource(statement.get("Resource"), request) or except_for("NotResource", is_resource, statement, request))
    )  # fmt: skip


def except_for(key: str, matches: Callable[[Any, Request], bool], statement: Said, request: Request) -> bool:
    """Whether the statement is about everything but what stands under `key`, and the request is not about that."""
    return key in statement and not matches(statement[key], request)


def is_named(said: Any, request: Request) -> bool:
    if said == "*":
        return True
    if not isinstance(said, Mapping):
        return False
    everybody = "*" in many(said.get("AWS"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    kind, name = request.principal
    return everybody or name in many(said.get(kind))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def is_action(said: Any, request: Request) -> bool:
    return any(like(str(pattern).lower(), request.action.lower()) for pattern in many(said))


def is_resource(said: Any, request: Request) -> bool:
    return any(like(str(pattern), request.resource) for pattern in many(said))


def holds(statement: Said, request: Request) -> bool:
    """Whether all conditions of a statement hold."""
    conditions: Mapping[str, Mapping[str, Any]] = statement.get("Condition") or {}
    return all(
        passes(operator, key, [written(value) for value in many(values)], request)
        for operator, tests in conditions.items()
        for key, values in tests.items()
    )


def passes(operator: str, key: str, values: list[str], request: Request) -> bool:
    """One test. `ForAnyValue` and `ForAllValues` are the same to keys of one value, but for a key that is missing."""
    quantifier, _, bare = operator.lower().rpartition(":")
    optional = bare.endswith("ifexists") or quantifier == "forallvalues"
    bare = bare.removesuffix("ifexists")
    given = request.context.get(key.lower())
    if bare == "null":
        return (given is None) == ("true" in values)
    negated = "not" in bare
    test = TESTS.get(bare.replace("not", ""))
    if test is None or any("${" in value for value in values):
        raise NotEvaluated(f"the condition {operator} {key} is not evaluated")
    if given is None:
        return negated or optional
    return any(test(value, given) for value in values) is not negated


def like(pattern: str, text: str) -> bool:
    """Whether `text` has the form of `pattern`, in which `*` stands for anything and `?` for one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def like_arn(pattern: str, arn: str) -> bool:
    """The same for ARNs, in which no wildcard reaches over a colon but in the last of six parts."""
    parts, patterns = arn.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(like, patterns, parts))


TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": lambda said, given: said == given,
    "stringequalsignorecase": lambda said, given: said.lower() == given.lower(),
    "stringlike": like,
    "arnequals": like_arn,
    "arnlike": like_arn,
    "bool": lambda said, given: said.lower() == given.lower(),
}
"""By operator in lower case, without `Not`. IAM treats `ArnEquals` as `ArnLike`."""


def written(value: Any) -> str:
    """A value as IAM compares it: JSON's booleans are texts to it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def many(value: Any) -> list[Any]:
    """One or a list, as IAM writes both."""
    return [] if value is None else value if isinstance(value, list) else [value]  # pyright: ignore
