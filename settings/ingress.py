"""Which host, and which path of it, is answered by which service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple
from zlib import crc32

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator

from settings.content import Days
from settings.problems import Finding, nearest, problem, problems, shown
from settings.service import Service, shape
from settings.types import Settings
from settings.web import LABEL, DomainName, UrlPath

APEX = "@"
"""The domain itself, as zone files write it."""

ROOT = "/"

LONGEST_PATH = 126
"""Characters: a condition takes 128, and the pattern of what lies below a path has two more (Application Load Balancer
user guide, "Condition types for listener rules")."""

MOST_RULES = 100
"""Of a load balancer, without its default rules (Application Load Balancer user guide, "Quotas")."""

LAST_PRIORITY = 50_000
MOST_NAMES = 4
"""In a path (`/a/b` has two): each number of names has its own range of priorities."""


def check_prefix(path: str) -> str:
    if len(path) > LONGEST_PATH:
        raise problem(
            f"{len(path)} characters are more than a rule's condition takes. Write a beginning of the path, of "
            f"{LONGEST_PATH} characters at most."
        )
    if path.count("/") > MOST_NAMES:
        raise problem(
            f"{shown(path)} has more than {MOST_NAMES} names, so it could not be told from a longer one. Write its beginning."
        )
    return path


PathPrefix = Annotated[
    Annotated[str, Tag("(root)")] | Annotated[UrlPath, AfterValidator(check_prefix), Tag("(path)")],
    Discriminator(lambda value: "(root)" if value == ROOT else "(path)"),
]
"""`/` for everything, or a path: it stands for itself and all that lies below."""


class Route(NamedTuple):
    """Requests to `host` at `path`, or below it, go to `service`."""

    host: str
    path: str
    service: str


class IngressSettings(Settings):
    """The way in from the internet: one load balancer, and a service behind each host name."""

    domain: Annotated[DomainName, Field(examples=["example.com"])]
    """What all host names are below; one certificate is for it and for them."""

    hosts: Annotated[
        Mapping[
            str,
            Annotated[
                Annotated[str, Tag("(value)")]
                | Annotated[Mapping[PathPrefix, str], Field(min_length=1), Tag("(mapping)")],
                Discriminator(shape),
            ],
        ],
        Field(min_length=1, examples=["{www: web}"]),
    ]
    """By the first label of a host (`www`, or `"@"` for the domain itself): the service that answers, or services by path.
    The longest path that fits wins; where none fits, the answer is 404."""

    deletion_protection: bool | None = None
    """AWS refuses to delete the load balancer while this is on, as on prod it is unless said."""

    log_retention_days: Days = 90
    """Days for which the load balancer's access logs are kept."""

    force_destroy: bool = False
    """`destroy` deletes all access logs; unless said, it fails while there are any."""

    @field_validator("hosts")
    @classmethod
    def _labels(cls, hosts: Mapping[str, Any]) -> Mapping[str, Any]:
        wrong = [label for label in hosts if label != APEX and not re.fullmatch(LABEL, label)]
        if wrong:
            raise problems(
                [
                    Finding(
                        label,
                        "is no single label, so the certificate would not cover the host. Write its first label alone, like "
                        f'`www`, or "{APEX}" for the domain itself.',
                    )
                    for label in wrong
                ]
            )
        return hosts

    @property
    def host_names(self) -> list[str]:
        """All hosts, in full, sorted: Pulumi does not keep the order of the file."""
        return sorted(self._full(label) for label in self.hosts)

    @property
    def routes(self) -> list[Route]:
        """All of them, sorted; that a longer path comes before a shorter one is said by `priorities`."""
        return sorted(
            Route(self._full(label), path, service)
            for label, target in self.hosts.items()
            for path, service in ({ROOT: target} if isinstance(target, str) else target).items()
        )

    @property
    def services(self) -> list[str]:
        """The services that answer, each once, sorted."""
        return sorted({route.service for route in self.routes})

    def _full(self, label: str) -> str:
        return self.domain if label == APEX else f"{label}.{self.domain}"


def priorities(routes: Sequence[Route]) -> dict[Route, int]:
    """The priority of the listener's rule for each of `routes`, a number that no other has.

    A deeper path comes first. Beyond that a route's number depends on the route alone: were they counted through, a new
    one would move others, and AWS refuses a priority that another rule is just about to leave (`PriorityInUse`). Two
    routes of the same number, which among twenty is one case in fifty, do depend on each other: the second takes the next.
    """
    room = LAST_PRIORITY // (MOST_NAMES + 1)
    taken: dict[int, Route] = {}
    for route in sorted(routes):
        names = 0 if route.path == ROOT else route.path.count("/")
        start = (MOST_NAMES - names) * room + 1
        number = crc32(f"{route.host}{route.path}".encode()) % room
        while start + number in taken:
            number = (number + 1) % room
        taken[start + number] = route
    return {route: number for number, route in taken.items()}


def ingress_problems(ingress: IngressSettings, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Routes to services that could not answer, by the key that says them."""
    for label, target in ingress.hosts.items():
        for path, service in ({"": target} if isinstance(target, str) else target).items():
            key = f"ingress.hosts.{label}{f'.{path}' if path else ''}"
            if service not in services:
                yield Finding(
                    key, f"{service} is no service, so nobody would answer. {nearest(service, services)}"
                )
            else:
                yield from silent(key, service, services[service])
    if len(ingress.routes) > MOST_RULES:
        yield Finding(
            "ingress.hosts",
            f"{len(ingress.routes)} routes are more than the {MOST_RULES} rules of a load balancer. Let one service route "
            "what is below a host.",
        )


def silent(key: str, name: str, service: Service) -> Iterator[Finding]:
    """Why a service could not answer the load balancer."""
    if service.port is None:
        yield Finding(
            key,
            f"{name} listens on no port, so every request would be a 502. Write `port` of services.{name}, or route to "
            "another service.",
        )
    elif service.health is None:
        yield Finding(
            key,
            f"{name} does not say where it is healthy, so the load balancer would ask / and take it for dead (incident "
            f"probe-path). Write `health` of services.{name}, like `{{live: /livez, ready: /readyz}}`.",
        )


def content_conflict(ingress: IngressSettings, content_domain: str) -> Iterator[Finding]:
    """A host that both the load balancer and the CDN would answer for."""
    if content_domain in ingress.host_names:
        yield Finding(
            "ingress.hosts",
            f"{content_domain} is content.domain too, so two records would fight for it. Give one of them another name.",
        )
