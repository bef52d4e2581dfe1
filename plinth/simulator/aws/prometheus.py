"""Amazon Managed Service for Prometheus: workspaces and managed collectors (scrapers).

Sources: Amazon Managed Service for Prometheus user guide, "Using an AWS managed collector" (ids, ARNs, the service-linked role;
subnets in two zones), "AWS managed policies" (the role's name); Terraform AWS provider, `aws_prometheus_workspace`
(`workspace.go`: an alias cannot be taken away again). In which words AWS refuses a collector in one zone was not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plinth.simulator.aws.naming import arn, of_input, uuid_of
from plinth.simulator.aws.placement import zones
from plinth.simulator.creation import ACCOUNT, Creation, Kind
from plinth.simulator.rules import Rules, Values

SERVICE = "aps"
WORKSPACE, SCRAPER = "aws:amp/workspace:Workspace", "aws:amp/scraper:Scraper"
SCRAPER_ROLE = "role/aws-service-role/scraper.aps.amazonaws.com/AWSServiceRoleForAmazonPrometheusScraper"


def workspace(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"workspace/{id_}", SERVICE),
        "prometheusEndpoint": f"https://aps-workspaces.{creation.region}.amazonaws.com/workspaces/{id_}/",
    }


def scraper(creation: Creation, id_: str) -> Mapping[str, Any]:
    unique = uuid_of(creation, "role")[:15]
    return {
        "arn": arn(creation, f"scraper/{id_}", SERVICE),
        "roleArn": f"arn:aws:iam::{ACCOUNT}:{SCRAPER_ROLE}_{unique}",
    }


def scraper_change(creation: Creation, _old: Values) -> Iterator[str]:
    source: Mapping[str, Any] = creation.inputs.get("source") or {}
    placed: Mapping[str, Any] = source.get("eks") or source.get("vpc") or {}
    there = zones(creation, placed.get("subnetIds"))
    if there is not None and len(there) < 2:
        yield "ValidationException: Subnets must be in at least two Availability Zones"


def alias_taken_away(old: Values, new: Values) -> Sequence[str]:
    return ["alias"] if old.get("alias") and not new.get("alias") else []


KINDS: Mapping[str, Kind] = {
    WORKSPACE: Kind(lambda creation: f"ws-{uuid_of(creation)}", workspace),
    "aws:amp/workspaceConfiguration:WorkspaceConfiguration": Kind(of_input("workspaceId")),
    SCRAPER: Kind(lambda creation: f"s-{uuid_of(creation)}", scraper),
    "aws:amp/scraperLoggingConfiguration:ScraperLoggingConfiguration": Kind(of_input("scraperId")),
}
RULES: Mapping[str, Rules] = {
    WORKSPACE: Rules(replaces=alias_taken_away),
    SCRAPER: Rules(change=scraper_change),
}
