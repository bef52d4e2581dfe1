"""The whole stack file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from aws_facts.network import REGIONS
from settings.alarms import AlarmSettings
from settings.cache import CacheSettings
from settings.capacity import capacity_problems
from settings.cluster import ClusterSettings
from settings.connections import cache_connection_problems, connection_budget, connection_problems
from settings.content import ContentSettings
from settings.database import DatabaseSettings
from settings.delivery import ArgoCdSettings, Delivery, delivery_problems
from settings.dns import DnsSettings, host_problems
from settings.environment import Surroundings
from settings.firewall import FirewallSettings, path_problems
from settings.ingress import IngressSettings, content_conflict, ingress_problems
from settings.messaging import subscription_problems
from settings.network import NetworkSettings, zone_problems
from settings.problems import Finding, SettingsError, describe, problem, problems, written
from settings.registry import RegistrySettings
from settings.search import SearchSettings
from settings.service import Service
from settings.service_databases import drop_problems, service_database_problems
from settings.service_problems import service_problems
from settings.types import Once, Settings, one_of

Section = TypeVar("Section", bound=BaseModel)

REQUIRED_TAGS = ("owner", "environment", "service")

DEFAULT_SERVICE_CIDRS = (IPv4Network("10.100.0.0/16"), IPv4Network("172.20.0.0/16"))
"""EKS takes the one that does not overlap the VPC (EKS API reference, `KubernetesNetworkConfigRequest`)."""


class StackSettings(Settings):
    """Everything that `Pulumi.<stack>.yaml` says."""

    stage: Literal["prod", "dev"]
    """`prod` turns on what protects data and money from haste; `dev` is for stacks that may vanish."""

    region: Annotated[str, Field(examples=["ap-northeast-2"])]
    """The AWS region (`aws:region`)."""

    tags: Mapping[str, str]
    """Tags of everything: `owner`, `environment` and `service`, and what else your bill is split by."""

    network: NetworkSettings
    cluster: ClusterSettings

    database: DatabaseSettings | None = None
    """Aurora PostgreSQL for the services' databases; none unless said."""

    cache: CacheSettings | None = None
    """Valkey or Redis for all services; none unless said."""

    dns: DnsSettings | None = None
    """The zone of the stack's host names; none unless said."""

    content: ContentSettings | None = None
    """A private bucket behind CloudFront; none unless said."""

    ingress: IngressSettings | None = None
    """Which services answer at which host names; none unless said."""

    search: SearchSettings | None = None
    """OpenSearch for the services that need it; none unless said."""

    registry: RegistrySettings | None = None
    """Repositories for the services' images; in one stack of the account."""

    firewall: FirewallSettings = FirewallSettings()
    """What the web application firewall lets through."""

    alarms: AlarmSettings = AlarmSettings()
    """Who is told when something is wrong."""

    delivery: Delivery = "pulumi"
    """Who brings the services' pods into the cluster: `pulumi`, this stack, or `{argocd: ...}` from a chart in Git."""

    services: Mapping[str, Service] = {}
    """The company's services, by name."""

    subscriptions: Mapping[str, Once[str]] = {}
    """By topic, the queues that get what is published to it."""

    @property
    def auth_paths(self) -> list[str]:
        """Where any of the services lets users log in, be it behind another one."""
        return sorted({path for service in self.services.values() for path in service.auth_paths})

    @property
    def upload_paths(self) -> list[str]:
        return sorted({path for service in self.services.values() for path in service.upload_paths})

    @field_validator("region")
    @classmethod
    def _region(cls, region: str) -> str:
        return one_of(region, REGIONS, "AWS region", "there is no place to build in")

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: Mapping[str, str]) -> Mapping[str, str]:
        if missing := [tag for tag in REQUIRED_TAGS if not tags.get(tag)]:
            absent = " and ".join(missing)
            raise problem(f"no {absent}, so nobody knows whose resources these are. Add {absent}.")
        return tags

    @field_validator("services")
    @classmethod
    def _names(cls, services: Mapping[str, Service]) -> Mapping[str, Service]:
        # Names of roles, secrets and databases are made from it; the shortest limit of those is PostgreSQL's 63 bytes.
        wrong = [name for name in services if not re.fullmatch(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", name)]
        if wrong:
            raise problems(
                [
                    Finding(
                        name,
                        "Kubernetes and PostgreSQL would refuse names made from this one. "
                        "Write up to 40 lower-case letters, digits and hyphens.",
                    )
                    for name in wrong
                ]
            )
        return services

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = [
            *mismatches(
                self.region,
                self.network,
                self.cluster,
                services=self.services,
                database=self.database,
                cache=self.cache,
                argocd=self.argocd is not None,
            ),
            *edge_problems(self),
            *missing_database(self.database, self.services),
            *service_problems(
                self.services,
                cache=self.cache,
                content=self.content,
                search=self.search,
                around=self.surroundings,
            ),
            *subscription_problems(self.subscriptions, self.services),
            *missing_subscribers(self),
            *delivery_problems(self.argocd, self.services),
        ]
        if found:
            raise problems(found)
        return self

    @property
    def argocd(self) -> ArgoCdSettings | None:
        """None where the stack delivers by itself."""
        return None if self.delivery == "pulumi" else self.delivery.argocd

    @property
    def deploys_services(self) -> bool:
        return any(service.image for service in self.services.values())

    @property
    def surroundings(self) -> Surroundings:
        """What the services' variables tell of the stack."""
        budget = connection_budget(self.database, self.services) if self.database else None
        return Surroundings(
            region=self.region,
            pools={share.service: share.pool for share in budget.shares} if budget else {},
            cache_auth=self.cache.auth if self.cache else None,
            upload_limit=self.content.upload_limit if self.content else None,
            cdn_base_url=f"https://{self.content.domain}" if self.content else None,
            page_hosts=tuple(self.ingress.host_names) if self.ingress else (),
            routed=frozenset(self.ingress.services) if self.ingress else frozenset(),
        )


def load(config: Mapping[str, Any], *, source: str = "Pulumi.<stack>.yaml") -> StackSettings:
    """The settings in `config`, which has this project's keys without their namespace, and `region`.

    A key without a value says nothing: None, or the empty text that Pulumi makes of it. Raises `SettingsError` with all that is
    wrong in the file `source`.
    """
    given = {key: value for key, value in config.items() if value not in (None, "")}
    try:
        return StackSettings.model_validate(given)
    except ValidationError as error:
        found = [*describe(error, StackSettings), *mismatches_of_valid_parts(given)]
    raise SettingsError(source, found)


def mismatches(
    region: str | None,
    network: NetworkSettings | None,
    cluster: ClusterSettings | None,
    *,
    services: Mapping[str, Service],
    database: DatabaseSettings | None,
    cache: CacheSettings | None,
    argocd: bool,
) -> Iterator[Finding]:
    """What is wrong between sections, each of which is right by itself; None stands for one that is not."""
    if network and region:
        yield from zone_problems(network, region)
    if network and cluster:
        yield from service_cidr_problems(network, cluster)
    yield from service_database_problems(services)
    if cluster:
        yield from capacity_problems(cluster, services, argocd=argocd)
    if database:
        yield from connection_problems(database, services)
        yield from drop_problems(database, services)
    if cache:
        yield from cache_connection_problems(cache, services)


def mismatches_of_valid_parts(config: Mapping[str, Any]) -> Iterator[str]:
    """Lets a typo in one section not hide what is wrong between the others."""
    given: Any = config.get("services")
    services = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {})
    found = mismatches(
        config["region"] if config.get("region") in REGIONS else None,
        valid(NetworkSettings, config.get("network")),
        valid(ClusterSettings, config.get("cluster")),
        services={name: service for name, value in services.items() if (service := valid(Service, value))},
        database=valid(DatabaseSettings, config.get("database")),
        cache=valid(CacheSettings, config.get("cache")),
        argocd=delivers_by_argocd(config),
    )
    return (written([key], text) for key, text in found)


def delivers_by_argocd(config: Mapping[str, Any]) -> bool:
    """Whether a stack file's `delivery` is no word, be it right or not."""
    return isinstance(config.get("delivery"), Mapping)


def valid(section: type[Section], value: Any) -> Section | None:
    try:
        return section.model_validate(value)
    except ValidationError:
        return None


def service_cidr_problems(network: NetworkSettings, cluster: ClusterSettings) -> Iterator[Finding]:
    """Ranges that services must not share with the VPC and its peers: the addresses behind them would vanish."""
    key, said = "cluster.service_cidr", cluster.service_cidr
    if said and said.overlaps(network.cidr):
        yield Finding(
            key,
            f"{said} overlaps the VPC {network.cidr}, so EKS would refuse the cluster. Choose a range outside it.",
        )
    for peer in network.peer_cidrs:
        if hidden := [cidr for cidr in ((said,) if said else DEFAULT_SERVICE_CIDRS) if cidr.overlaps(peer)]:
            yield Finding(
                key,
                f"{hidden[0]}{'' if said else ', which EKS may choose,'} overlaps {peer} of network.peer_cidrs, so pods "
                "could not reach that network. Write a range that is free.",
            )


def edge_problems(settings: StackSettings) -> Iterator[Finding]:
    """Host names that cannot be served, and paths that the firewall has no room for."""
    content, ingress = settings.content, settings.ingress
    domains = {
        "content.domain": content.domain if content else None,
        "ingress.domain": ingress.domain if ingress else None,
    }
    yield from host_problems(settings.dns, {key: domain for key, domain in domains.items() if domain})
    if not ingress:
        return
    yield from ingress_problems(ingress, settings.services)
    if content:
        yield from content_conflict(ingress, content.domain)
    for kind in ("auth_paths", "upload_paths"):
        said = {name: getattr(service, kind) for name, service in settings.services.items()}
        yield from path_problems({f"services.{name}.{kind}": paths for name, paths in said.items() if paths})


def missing_database(database: DatabaseSettings | None, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Services with a database where there is no place for one."""
    for name, service in services.items():
        if service.database and not database:
            yield Finding(
                f"services.{name}.database",
                "is in no cluster, so the service could not start. Add a section `plinth:database`, or write false.",
            )


def missing_subscribers(settings: StackSettings) -> Iterator[Finding]:
    """Production whose alarms nobody hears (incident `alarms`)."""
    watched = settings.database or settings.cache or settings.ingress
    if settings.stage == "prod" and watched and not settings.alarms.has_subscribers:
        yield Finding(
            "alarms",
            "tell nobody, so a failure would be found by users (incident alarms). "
            "Write `emails: [platform@example.com]` or `https_endpoints`.",
        )
