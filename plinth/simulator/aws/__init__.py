"""How AWS's own values look: ids, ARNs, endpoints. One file a group of services, one table of all types here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws import (
    acm,
    cloudfront,
    cloudfront_rules,
    cloudwatch,
    compute,
    edge,
    edge_rules,
    elasticache,
    elasticache_rules,
    events,
    identity,
    kms,
    prometheus,
    rds,
    rds_rules,
    route53,
    s3,
    s3_rules,
    scaling,
    secrets_manager,
    sns,
    wafv2,
    workloads,
)
from plinth.simulator.aws.naming import arn, kebab
from plinth.simulator.creation import ACCOUNT, CREATED, ZERO, Creation, Kind
from plinth.simulator.rules import Rules
from plinth.simulator.schema import Property
from plinth.simulator.values import UNKNOWN

KINDS: Mapping[str, Kind] = {
    **compute.KINDS,
    **identity.KINDS,
    **kms.KINDS,
    **secrets_manager.KINDS,
    **rds.KINDS,
    **elasticache.KINDS,
    **s3.KINDS,
    **cloudwatch.KINDS,
    **events.KINDS,
    **sns.KINDS,
    **scaling.KINDS,
    **edge.KINDS,
    **route53.KINDS,
    **acm.KINDS,
    **cloudfront.KINDS,
    **wafv2.KINDS,
    **workloads.KINDS,
    **prometheus.KINDS,
}
RULES: Mapping[str, Rules] = {
    **kms.RULES,
    **secrets_manager.RULES,
    **rds_rules.RULES,
    **elasticache_rules.RULES,
    **cloudwatch.RULES,
    **scaling.RULES,
    **s3_rules.RULES,
    **edge_rules.RULES,
    **route53.RULES,
    **acm.RULES,
    **cloudfront_rules.RULES,
    **wafv2.RULES,
    **workloads.RULES,
    **prometheus.RULES,
}
DEFAULT = Kind()


def kind_of(type_: str) -> Kind:
    return KINDS.get(type_, DEFAULT)


def new_id(creation: Creation) -> str:
    """The id of a type that has no rule of its own: its name if it has one, else something that looks like an id."""
    kind = kind_of(creation.type)
    if kind.id:
        return kind.id(creation)
    name = creation.inputs.get(kind.autoname or "name")
    return name if isinstance(name, str) else f"{kebab(creation.type)}-{creation.hex(17)}"


def tags_all(creation: Creation) -> Any:
    """The resource's tags over the provider's default ones."""
    tags: Any = creation.inputs.get("tags") or {}
    return UNKNOWN if tags is UNKNOWN else {**creation.default_tags, **tags}


def guess(creation: Creation, id_: str, output: Property) -> Any:
    """A value for an output that no rule names: of the right type, and of the right shape where its name tells."""
    match output.name:
        case "arn":
            return arn(creation, f"{kebab(creation.type)}/{id_}")
        case "ownerId" | "accountId" | "registryId":
            return ACCOUNT
        case "tagsAll":
            return tags_all(creation)
        case _:
            return by_type(creation, output)


def by_type(creation: Creation, output: Property) -> Any:
    """A value of the output's type."""
    if output.name.endswith(("Date", "Time", "At")):
        return CREATED
    if output.type.kind == "string":
        return f"{kebab(output.name)}-{creation.hex(12, output.name)}"
    return ZERO.get(output.type.kind)
