"""Key and bucket policies as IAM reads them: whom their statements let do what, and under which conditions.

Sources: IAM user guide, "IAM JSON policy elements reference" (one value or a list; actions and the keys of conditions in any
letter case; `*` and `?` in actions; all conditions of a statement hold together, the values of one are alternatives) and
"IAM JSON policy elements: Condition operators" (`StringEquals` knows no wildcards; the `Arn` operators do). That AWS's own
endpoints take TLS 1.2 or later was remembered, not read again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from incidents.graph import Graph, Resource
from incidents.references import is_said
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

SOURCE_ARN = "aws:sourcearn"
SOURCE_ACCOUNT = "aws:sourceaccount"
SECURE_TRANSPORT = "aws:securetransport"
TLS_VERSION, OLDEST_TLS = "s3:tlsversion", "1.2"

EXACT = {"stringequals", "stringequalsignorecase"}
PATTERN = {"stringlike", "arnlike", "arnequals"}

ALWAYS_SAID = {"aws:kms/keyPolicy:KeyPolicy", "aws:s3/bucketPolicy:BucketPolicy"}
"""Types that are nothing but a policy: an unknown one is the program's, though a look-up (`get_policy_document`) left no
edge."""

OF_AN_ACCOUNT = re.compile(r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:")


@dataclass(frozen=True)
class Condition:
    """One test of a statement, operator and key in lower case, without `IfExists` and set operators."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operator} {self.key} {', '.join(self.values)}"


@dataclass(frozen=True)
class Statement:
    """One statement. `principals` are `(type, identifier)`, `*` for everybody."""

    allows: bool
    principals: tuple[tuple[str, str], ...]
    excepts_principals: bool
    actions: tuple[str, ...]
    excepts_actions: bool
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]

    def covers(self, action: str) -> bool:
        """Whether it is about `action` (`kms:Decrypt`)."""
        found = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self.actions)
        return found is not self.excepts_actions

    @property
    def is_for_everybody(self) -> bool:
        return any(identifier == "*" for _, identifier in self.principals)

    def names_service(self, service: str) -> bool:
        """Whether it is about the service (`cloudfront.amazonaws.com`), by name or as one of everybody."""
        found = self.is_for_everybody or ("Service", service) in self.principals
        return found is not self.excepts_principals


@dataclass(frozen=True)
class Document:
    """A policy as a resource says it, and the resources that its text is made from.

    `statements` are None where the text is not known; then `mentions` is all that a preview tells of it.
    """

    resource: Resource
    statements: tuple[Statement, ...] | None
    mentions: tuple[Resource, ...]


def document(graph: Graph, resource: Resource, prop: str = "policy") -> Document | None:
    """The policy that `prop` holds, None where the program says none. Raises `Undecided` for a text that is no policy."""
    value = resource.peek(prop)
    if not is_said(resource, prop) and not (isinstance(value, Unknown) and resource.type in ALWAYS_SAID):
        return None
    statements = None if isinstance(value, Unknown) else tuple(parse(value, f"{prop} of {resource}"))
    return Document(resource, statements, tuple(graph.dependencies(resource, prop)))


def parse(value: Any, where: str) -> Iterator[Statement]:
    """The statements of a policy, as JSON or as an object. Raises `Undecided`; AWS refuses such a text."""
    try:
        said: Any = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise Undecided(f"{where} is no JSON") from None
    for item in one_or_many(as_dict(said).get("Statement")):
        yield statement(as_dict(item))


def statement(said: Mapping[str, Any]) -> Statement:
    excepts_principals, excepts_actions = "NotPrincipal" in said, "NotAction" in said
    return Statement(
        allows=said.get("Effect") == "Allow",
        principals=tuple(principals(said.get("NotPrincipal" if excepts_principals else "Principal"))),
        excepts_principals=excepts_principals,
        actions=texts(said.get("NotAction" if excepts_actions else "Action")),
        excepts_actions=excepts_actions,
        resources=texts(said.get("Resource")),
        conditions=tuple(conditions(as_dict(said.get("Condition")))),
    )


def principals(said: Any) -> Iterator[tuple[str, str]]:
    if isinstance(said, str):
        yield "AWS", said
    for type_, identifiers in as_dict(said).items():
        for identifier in texts(identifiers):
            yield type_, identifier


def conditions(said: Mapping[str, Any]) -> Iterator[Condition]:
    for operator, tests in said.items():
        plain = operator.rpartition(":")[2].lower().removesuffix("ifexists")
        for key, values in as_dict(tests).items():
            yield Condition(plain, key.lower(), texts(values))


def one_or_many(value: Any) -> list[Any]:
    return as_list(value) or ([] if value in (None, []) else [value])


def texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in one_or_many(value))


def about(statements: Iterable[Statement], service: str, action: str) -> list[Statement]:
    """Those about `action` of `service`, be it to allow or to deny."""
    return [one for one in statements if one.covers(action) and one.names_service(service)]


class Scope(Enum):
    """For which of a service's resources a statement lets it in, seen from one of them."""

    ITS = "this one, and at most others of the same account"
    OTHERS = "others only"
    ALL = "anybody's"


def refusal(policy: Document, service: str, action: str, source: Resource) -> str:
    """Why `policy` is wrong for `service` that comes for `source` to do `action`; empty when it is right.

    Where the text is not known yet, an edge from it to `source` counts: the update, and each later preview, reads the
    text. Raises `Undecided`.
    """
    if policy.statements is None:
        if source in policy.mentions:
            return ""
        raise Undecided(
            f"the policy in {policy.resource} is not known at preview, and no edge leads from it to {source}"
        )
    found = about(policy.statements, service, action)
    denied = [one for one in found if not one.allows and not only_without_tls(one)]
    if any(one.conditions for one in denied):
        raise Undecided(f"whether a Deny in {policy.resource} is about {service} is not evaluated")
    if denied:
        return f"denies {action} to {service}"
    scopes = [scope(one, source) for one in found if one.allows]
    if Scope.ALL in scopes:
        return f"lets {service} do {action} for anybody's account, as no AWS:SourceArn says whose"
    if Scope.ITS in scopes:
        return ""
    tests = sorted({str(test) for one in found for test in one.conditions})
    only = f" (only where {' and '.join(tests)})" if tests else ""
    return f"does not let {service} do {action} for it{only}"


def scope(one: Statement, source: Resource) -> Scope:
    """Raises `Undecided` for conditions that are not read here."""
    tests = [test for test in one.conditions if test.key == SOURCE_ARN]
    if not tests:
        return Scope.OTHERS if one.is_for_everybody and one.conditions else Scope.ALL
    if any(not OF_AN_ACCOUNT.match(value) for test in tests for value in test.values):
        return Scope.ALL
    if not all(admits(test, source) for test in tests):
        return Scope.OTHERS
    for test in one.conditions:
        if test.key not in (SOURCE_ARN, SOURCE_ACCOUNT, SECURE_TRANSPORT):
            raise Undecided(f"what the condition '{test}' means for {source} is not evaluated")
    return Scope.ITS


def admits(test: Condition, source: Resource) -> bool:
    """Whether `source` passes a test of `AWS:SourceArn`. AWS chooses a new one's id, so no text can hold it yet.

    `distribution/*` of one's own account passes: only those who may do so anyway make distributions there, and a key policy
    that is written before the distribution has no other way (so does AWS CDK's `S3BucketOrigin`). Raises `Undecided`.
    """
    if test.operator not in EXACT | PATTERN:
        raise Undecided(f"what the condition '{test}' means for {source} is not evaluated")
    arn = source.peek("arn")
    if not isinstance(arn, str):
        return test.operator in PATTERN and any(value.endswith("/*") for value in test.values)
    if test.operator in EXACT:
        return arn in test.values
    return any(fnmatchcase(arn, value) for value in test.values)


def only_without_tls(one: Statement) -> bool:
    """Whether the statement is about requests without TLS, or of a version that AWS takes no more, which CloudFront never
    makes.
    """
    return any(
        (item.key == SECURE_TRANSPORT and "false" in item.values)
        or (item.key == TLS_VERSION and item.operator == "numericlessthan" and OLDEST_TLS in item.values)
        for item in one.conditions
    )
