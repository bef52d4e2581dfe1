"""What services use of the stack, and what their variables and roles tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cache import Cache
from components.content_delivery import ContentDelivery
from components.database import Database
from components.messaging import Messaging
from components.search import Search
from components.service_databases import ServiceDatabases


@dataclass(frozen=True)
class Backends:
    """What there is of each; None for what the stack file does not have."""

    database: Database | None
    service_databases: ServiceDatabases | None
    cache: Cache | None
    content: ContentDelivery | None
    search: Search | None
    messaging: Messaging

    @property
    def facts(self) -> Mapping[str, pulumi.Input[str]]:
        """What a `FromStack` variable stands for, by its fact."""
        found: dict[str, pulumi.Input[str]] = {}
        if self.database:
            found["database"] = self.database.endpoint
        if self.cache:
            found["cache"] = self.cache.endpoint
        if self.content:
            found["bucket"] = self.content.bucket_name
        if self.search:
            found["search"] = self.search.endpoint
        found |= {f"queue:{queue}": url for queue, url in self.messaging.queue_urls.items()}
        found |= {f"topic:{topic}": arn for topic, arn in self.messaging.topic_arns.items()}
        return found

    def secret_arns(self, service: str) -> Mapping[str, pulumi.Input[str]]:
        """The secrets that a `FromSecret` variable of `service` may name, except the service's own."""
        found: dict[str, pulumi.Input[str]] = {}
        if self.service_databases and service in self.service_databases.secret_arns:
            found["database"] = self.service_databases.secret_arns[service]
        if self.cache:
            found["cache"] = self.cache.secret_arn
        if self.search:
            found["search"] = self.search.secret_arn
        return found
