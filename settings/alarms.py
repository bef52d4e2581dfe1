"""Who is told when something is wrong, and from when on."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.problems import problem, shown
from settings.types import Count, Once, Settings


def check_email(address: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", address):
        raise problem(
            f"{shown(address)} is no mail address, so nobody would be told. Write one like 'platform@example.com'."
        )
    return address


def check_endpoint(url: str) -> str:
    if not re.fullmatch(r"https://[^\s/]+\.[^\s/]+(/\S*)?", url):
        raise problem(
            f"{shown(url)} is no HTTPS URL, so SNS would refuse it or send in plain text. "
            "Write one like 'https://example.com/alarms'."
        )
    return url


Email = Annotated[str, AfterValidator(check_email)]
Endpoint = Annotated[str, AfterValidator(check_endpoint)]
Percent = Annotated[int, Field(ge=1, le=100)]


class AlarmSettings(Settings):
    """Alarms of everything in the stack go to one SNS topic; these are its subscribers."""

    emails: Once[Email] = ()
    """Each gets a mail from AWS first, and alarms only after following the link in it."""

    https_endpoints: Once[Endpoint] = ()
    """Services such as PagerDuty that confirm the subscription by themselves."""

    minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """How long something is wrong before an alarm is raised."""

    cpu_percent: Percent = 80
    """Of a database instance's CPU, and of the core that a cache node's engine has."""

    connections_percent: Percent = 80
    """Of the connections that the database or a cache node takes."""

    database_free_memory_percent: Percent = 10
    """What an instance should have free; PostgreSQL's own cache takes most of the rest by design."""

    cache_memory_percent: Percent = 80
    """Of a cache node's memory, before it starts to evict."""

    replica_lag_seconds: Annotated[int, Field(ge=1, le=86_400)] = 5

    server_errors: Count = 10
    """Answers of status 5xx a minute, of all services together and of the load balancer itself."""

    response_seconds: Annotated[float, Field(gt=0, le=300)] = 2
    """Within which 99 of 100 requests should be answered."""

    content_server_errors_percent: Percent = 1
    """Of the CDN's answers that have a status of 5xx."""

    content_refusals_percent: Percent = 10
    """Of the CDN's answers that have a status of 4xx: many are missing files, or a key that does not open (incident
    `cdn-kms-decrypt`)."""

    blocked_requests: Count = 1000
    """Requests a minute that a firewall keeps away."""

    container_restarts: Count = 2
    """Restarts of a service's containers within `minutes`, those of all its pods together."""

    @property
    def has_subscribers(self) -> bool:
        return bool(self.emails or self.https_endpoints)
