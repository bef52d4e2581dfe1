"""`secret-access`: each service reads its own secrets, and nobody else's.

In WEA's chat one secret held all services' passwords: who got into one service had them all. A policy that lets read secrets names
them; it allows neither `secretsmanager:*` nor all resources. A condition on a resource's tag names them as well. And a role that
reads secrets has one user: two service accounts (or task families) with one role read each other's. A permissions boundary grants
nothing.

At preview a policy's text is often not known, because an ARN in it is not. If it is made from a secret, it names that; if it is
made from other things alone, it is about those. The update, and each later preview, reads the text.

Sources: Secrets Manager user guide, "Authentication and access control" and "AWS managed policies" (`SecretsManagerReadWrite` reads
all); Service Authorization Reference, "AWS Secrets Manager".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incidents.graph import Graph, Resource
from incidents.policy_documents import Document, Statement
from incidents.references import is_said
from incidents.roles import (
    ATTACHMENT,
    ROLE,
    SECRET,
    WRITTEN,
    documents,
    documents_of,
    is_boundary,
    lets_read,
    reads_secrets,
    users,
)  # fmt: skip
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, as_list

MANAGED = ":iam::aws:policy/SecretsManagerReadWrite"
EVERY_SECRET = re.compile(
    r"^(\*|arn:[^:]*:secretsmanager:[^:]*:[^:]*:(secret:)?\*|arn:[^:]*:secretsmanager:\*)$", re.IGNORECASE
)
SCOPING = (
    "secretsmanager:resourcetag/",
    "aws:resourcetag/",
    "secretsmanager:secretid",
    "secretsmanager:name",
)
"""Conditions that say which secrets, in place of their ARNs."""

REMEDY = 'one role a service, and a policy with Action "secretsmanager:GetSecretValue" and Resource the ARN of that service\'s own secret'


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each policy of identities, each attachment of AWS's own, and each role."""
    yield from each(RULE.id, graph.of_type(*WRITTEN), lambda resource: judge_policy(graph, resource))
    yield from each(RULE.id, graph.of_type(ATTACHMENT), judge_attachment)
    yield from each(RULE.id, graph.of_type(ROLE), lambda resource: judge_role(graph, resource))


def judge_policy(graph: Graph, resource: Resource) -> Finding:
    if is_boundary(graph, resource):
        return Finding(Verdict.NOT_APPLICABLE, resource.urn)
    found = [verdict(policy) for policy in documents(graph, resource)]
    wrong = next((text for text in found if text), "")
    if wrong:
        return failure(resource, wrong)
    return Finding(Verdict.PASS if "" in found else Verdict.NOT_APPLICABLE, resource.urn)


def verdict(policy: Document) -> str | None:
    """What is wrong with a policy, empty for nothing, None if it is not about secrets. Raises `Undecided`."""
    if policy.statements is None:
        if not policy.mentions:
            raise Undecided(
                f"the policy in {policy.resource} is not known at preview, and no edge tells what it is about"
            )
        return "" if any(target.type == SECRET for target in policy.mentions) else None
    about = [one for one in policy.statements if lets_read(one)]
    wrong = next((text for one in about if (text := mistake(one))), "")
    return wrong if about else None


def mistake(one: Statement) -> str:
    """What is wrong with a statement that lets read secrets, and what follows. Raises `Undecided`."""
    if any(test.key.startswith(SCOPING) for test in one.conditions):
        return ""
    broad = [pattern for pattern in one.resources if EVERY_SECRET.match(pattern)]
    wide = [action for action in one.actions if action.lower() in ("*", "secretsmanager:*")]
    if broad and one.conditions:
        raise Undecided("whether the conditions of its statement say which secrets is not evaluated")
    if broad:
        return f"lets read every secret (Action {', '.join(one.actions)} on Resource {', '.join(broad)}): who gets into one service has all passwords"
    if wide:
        return f"allows {', '.join(wide)}: the service could change or delete secrets, and the policy on them"
    if one.excepts_actions or not one.resources:
        raise Undecided("which secrets a statement with NotAction or NotResource lets read is not evaluated")
    return ""


def judge_attachment(attachment: Resource) -> Finding:
    if str(attachment.peek("policyArn")).endswith(MANAGED):
        return failure(
            attachment, "attaches SecretsManagerReadWrite: it reads and writes every secret of the account"
        )
    return Finding(Verdict.NOT_APPLICABLE, attachment.urn)


def judge_role(graph: Graph, role: Resource) -> Finding:
    if is_said(role, "managedPolicyArns") and any(
        str(arn).endswith(MANAGED) for arn in as_list(role.peek("managedPolicyArns"))
    ):
        return failure(role, "has SecretsManagerReadWrite: it reads and writes every secret of the account")
    own = judge_policy(graph, role)
    taken = users(graph, role)
    if own.verdict is Verdict.FAIL or not any(map(reads_secrets, documents_of(graph, role))):
        return own
    if len(taken) > 1:
        names = " and ".join(taken)
        return failure(role, f"reads secrets for {names}: each reads the other's passwords")
    return Finding(Verdict.PASS, role.urn)


def failure(resource: Resource, what: str) -> Finding:
    return Finding(Verdict.FAIL, resource.urn, f"{resource} {what}. Remedy: {REMEDY}.")


RULE = Rule(
    id="secret-access",
    why="One way in, all passwords: a policy for every secret, or a role that services share.",
    remedy=REMEDY,
    check=check,
)
