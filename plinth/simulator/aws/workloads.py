"""What services use besides data stores: SQS, ECR and OpenSearch.

Sources: SQS API reference, `CreateQueue` (the URL); ECR user guide, "Private registry authentication"; OpenSearch Service
developer guide, "Creating and managing domains" (host names, and 3 to 28 characters for a domain's name). Replacements:
Terraform AWS provider, `aws_sqs_queue`, `aws_ecr_repository`, `aws_opensearch_domain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, of_input, text
from plinth.simulator.check import Failure
from plinth.simulator.creation import ACCOUNT, Creation, Kind
from plinth.simulator.rules import Rules, Values, at, known

DOMAIN = "aws:opensearch/domain:Domain"


def queue_url(creation: Creation) -> str:
    return f"https://sqs.{creation.region}.amazonaws.com/{ACCOUNT}/{text(creation, 'name')}"


def queue(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": arn(creation, text(creation, "name")), "url": id_}


def repository(creation: Creation, id_: str) -> Mapping[str, Any]:
    return {
        "arn": arn(creation, f"repository/{id_}"),
        "registryId": ACCOUNT,
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{creation.region}.amazonaws.com/{id_}",
    }


def domain(creation: Creation, id_: str) -> Mapping[str, Any]:
    name = text(creation, "domainName")
    scope = "vpc" if creation.inputs.get("vpcOptions") else "search"
    host = f"{scope}-{name}-{creation.hex(26, 'host')}.{creation.region}.es.amazonaws.com"
    return {
        "arn": id_,
        "domainId": f"{ACCOUNT}/{name}",
        "endpoint": host,
        "dashboardEndpoint": f"{host}/_dashboards",
    }


def domain_arguments(values: Values) -> Iterator[Failure]:
    name = known(values, "domainName")
    if isinstance(name, str) and not re.fullmatch(r"[a-z][0-9a-z-]{2,27}", name):
        yield at(
            "domainName",
            "must start with a lowercase alphabet and be at least 3 and no more than 28 characters long. Valid characters are "
            "a-z (lowercase letters), 0-9, and - (hyphen).",
        )


KINDS: Mapping[str, Kind] = {
    "aws:sqs/queue:Queue": Kind(queue_url, queue, unique=True),
    "aws:sqs/queuePolicy:QueuePolicy": Kind(of_input("queueUrl"), unique=True),
    "aws:ecr/repository:Repository": Kind(of_input("name"), repository, unique=True),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Kind(
        of_input("repository"), lambda _creation, _id: {"registryId": ACCOUNT}, unique=True
    ),
    DOMAIN: Kind(
        lambda creation: arn(creation, f"domain/{text(creation, 'domainName')}", "es"),
        domain,
        autoname="domainName",
        unique=True,
    ),
}
RULES: Mapping[str, Rules] = {DOMAIN: Rules(arguments=domain_arguments)}
