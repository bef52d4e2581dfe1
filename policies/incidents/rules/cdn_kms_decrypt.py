"""`cdn-kms-decrypt`: CloudFront can read the encrypted objects that it is to deliver.

In WEA's chat the bucket let CloudFront in, but the policy of the bucket's KMS key did not: every image was a 403. A key that
says no policy has KMS's default one, which names the account only. A `kms.KeyPolicy` replaces what the key itself says, so a
key that has both changes back and forth.

A policy that is built from the distribution's ARN is not known until the first update; then the edge to the distribution
counts as the grant, and the text is read from the update on. The statement may name this distribution, or all of one account.

Sources: CloudFront developer guide, "Restrict access to an Amazon S3 origin" (section on SSE-KMS); AWS KMS developer guide,
"Default key policy"; S3 user guide, "Using server-side encryption with AWS KMS keys" (the policy of the AWS managed key
`aws/s3` cannot be changed).
"""

from __future__ import annotations

from collections.abc import Iterator

from incidents.edges import (
    CLOUDFRONT,
    DISTRIBUTION,
    KEY_POLICY,
    KEYS,
    Origin,
    attached,
    attached_to,
    buckets_behind,
    encryption,
    s3_origins,
)
from incidents.graph import Graph, Resource
from incidents.policy_documents import Document, document, refusal
from incidents.rule import Finding, Rule, Verdict, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

DECRYPT, ENCRYPT = "kms:Decrypt", "kms:GenerateDataKey"
UPLOADING = {"PUT", "POST", "PATCH"}

REMEDY = (
    'an aws.kms.KeyPolicy after the distribution with a statement for {"Service": "cloudfront.amazonaws.com"} that allows '
    'kms:Decrypt (and kms:GenerateDataKey* for uploads) with {"StringEquals": {"AWS:SourceArn": distribution.arn}}'
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each distribution."""
    yield from each(RULE.id, graph.of_type(DISTRIBUTION), lambda resource: judge(graph, resource))


def judge(graph: Graph, distribution: Resource) -> Finding:
    """What certainly fails comes before what is not known."""
    origins = s3_origins(distribution)
    if not origins:
        return Finding(Verdict.NOT_APPLICABLE, distribution.urn)
    encrypted = False
    questions: list[Undecided] = []
    for bucket in buckets_behind(graph, distribution, origins):
        try:
            used = encryption(graph, bucket)
            wrong = mistake(graph, distribution, used.key, uploads(origins)) if used.is_kms else ""
        except Undecided as undecided:
            questions.append(undecided)
            continue
        if wrong:
            text = f"{distribution} delivers the objects of {bucket}, but {wrong}. Remedy: {REMEDY}."
            return Finding(Verdict.FAIL, distribution.urn, text)
        encrypted = encrypted or used.is_kms
    if questions:
        raise questions[0]
    return Finding(Verdict.PASS if encrypted else Verdict.NOT_APPLICABLE, distribution.urn)


def mistake(graph: Graph, distribution: Resource, key: Resource | None, uploading: bool) -> str:
    """What is wrong with the policy of the key, and what follows; empty for nothing. Raises `Undecided`."""
    if key is None:
        return "those are encrypted with the AWS managed key aws/s3, whose policy cannot let CloudFront in: each request is a 403"
    inline = document(graph, key)
    documents = documents_of(graph, key)
    if len(documents) > 1 or (inline and documents and competes(inline, documents[0])):
        return f"{key} has two policies (policy of the key and {documents[-1].resource}): each update undoes one of them"
    policy = next(iter(documents), inline)
    if policy is None:
        return f"{key} has KMS's default policy, which does not let CloudFront decrypt: each request is a 403"
    for action in (DECRYPT, ENCRYPT) if uploading else (DECRYPT,):
        wrong = refusal(policy, CLOUDFRONT, action, distribution)
        if wrong:
            follows = "others can have it opened" if "anybody" in wrong else "each such request is a 403"
            return f"the policy of {key} ({policy.resource}) {wrong}: {follows}"
    return ""


def documents_of(graph: Graph, key: Resource) -> list[Document]:
    """What the `KeyPolicy`s of a key say. Raises `Undecided`."""
    found = attached_to(key, attached(graph, (KEY_POLICY,), "keyId", KEYS))
    return [policy for resource in found if (policy := document(graph, resource))]


def competes(inline: Document, attached_one: Document) -> bool:
    """Whether the program says both. AWS reports a policy for a key that says none: the default one, or the attached."""
    if inline.statements is None or inline.resource.edges.get("policy"):
        return True
    return inline.statements != attached_one.statements and not is_default(inline)


def is_default(policy: Document) -> bool:
    """Whether it is KMS's own: one statement, by which the account's IAM policies decide."""
    match policy.statements:
        case (only,):
            return only.actions == ("kms:*",) and all(who.endswith(":root") for _, who in only.principals)
        case _:
            return False


def uploads(origins: list[Origin]) -> bool:
    """Whether some behavior passes uploads on to one of `origins`. Raises `Undecided`."""
    distribution, ids = origins[0].distribution, {origin.id for origin in origins}
    said = [
        distribution.peek("defaultCacheBehavior"),
        *as_list(distribution.peek("orderedCacheBehaviors")),
    ]
    behaviors = [as_dict(item) for item in said if as_dict(item).get("targetOriginId") in ids]
    methods = [behavior.get("allowedMethods") for behavior in behaviors]
    if any(isinstance(item, Unknown) for item in [*said, *methods]):
        raise Undecided(f"which methods {distribution} allows is not known at preview")
    return any(UPLOADING & set(map(str, as_list(item))) for item in methods)


RULE = Rule(
    id="cdn-kms-decrypt",
    why="The key of a CDN's bucket does not let CloudFront decrypt: every request is a 403.",
    remedy=REMEDY,
    check=check,
    bad="""
        key = aws.kms.Key("content")  # its default policy knows nothing of the distribution
    """,
    good="""
        aws.kms.KeyPolicy("content", key_id=key.id, policy=aws.iam.get_policy_document_output(statements=[
            {"actions": ["kms:*"], "resources": ["*"], "principals": [{"type": "AWS", "identifiers": [account_root]}]},
            {"actions": ["kms:Decrypt"], "resources": ["*"],
             "principals": [{"type": "Service", "identifiers": ["cloudfront.amazonaws.com"]}],
             "conditions": [{"test": "StringEquals", "variable": "AWS:SourceArn", "values": [distribution.arn]}]},
        ]).json)
    """,
)
