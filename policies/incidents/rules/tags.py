"""`tags`: each resource of AWS that takes tags says whose it is.

Nobody knew who paid for what. Asked for are `owner`, `environment` and `service`, in any letter case, on the resource itself or by
its provider's default tags. Children that a remote component registers count as well.

At preview `tagsAll` has both, where all of them are known. Where it is not told, the tags that every AWS provider of the stack
gives count too: which of them a resource has is not seen here.

Source: pulumi-aws, `Provider.default_tags` and `tags_all`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from incidents.graph import Graph, Resource
from incidents.rule import Finding, Rule, Verdict, each
from incidents.taggable import AUTO_SCALING_GROUP, default_tags, takes_tags
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

WANTED = ("environment", "owner", "service")

REMEDY = (
    'aws.Provider(..., default_tags={"tags": {"owner": "team@example.com", "environment": "prod", "service": "shop"}}), or tags '
    "on the resource"
)


def check(graph: Graph) -> Iterator[Finding]:
    """A verdict for each resource whose type takes tags."""
    subjects = [item for item in graph.resources if item.type.startswith("aws:") and takes_tags(item.type)]
    given = [names(tags) for tags in default_tags(graph)]
    yield from each(RULE.id, subjects, lambda resource: judge(resource, given))


def judge(resource: Resource, given: list[set[str] | None]) -> Finding:
    """The verdict, given the names of the tags that each provider adds (None where not known)."""
    own = [names(resource.peek(prop)) for prop in ("tags", "tagsAll")]
    missing = [name for name in WANTED if not any(name in (found or ()) for found in own)]
    is_whole = resource.type == AUTO_SCALING_GROUP or (
        resource.peek("tagsAll") is not None and None not in own
    )
    if missing and not is_whole:
        missing = [name for name in missing if not given or not all(name in (found or ()) for found in given)]
        if missing and (own[0] is None or any(found is None or found & set(missing) for found in given)):
            raise Undecided(f"whether it gets the tags {', '.join(missing)} is not known at preview")
    if missing:
        text = f"{resource} has no tag {', '.join(missing)}: nobody would know whose it is, nor who pays. Remedy: {REMEDY}."
        return Finding(Verdict.FAIL, resource.urn, text)
    return Finding(Verdict.PASS, resource.urn)


def names(tags: Any) -> set[str] | None:
    """The names of tags in lower case, also of a list of them; None where they are not known. A value may be unknown."""
    if isinstance(tags, Unknown):
        return None
    keys = [*as_dict(tags), *(as_dict(item).get("key") for item in as_list(tags))]
    return {key.lower() for key in keys if isinstance(key, str)}


RULE = Rule(
    id="tags",
    why="Resources that nobody knows the owner of, and whose costs nobody is asked for.",
    remedy=REMEDY,
    check=check,
)
