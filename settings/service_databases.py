"""From the services of a stack file to what the bootstrap job is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from database_bootstrap import DatabaseSpec, SpecError
from settings.connections import MIGRATION_CONNECTIONS, connection_budget
from settings.database import DatabaseSettings
from settings.problems import Finding
from settings.service import Service
from settings.service_database import READ_ONLY_SUFFIX, ServiceDatabase


def database_specs(database: DatabaseSettings, services: Mapping[str, Service]) -> Mapping[str, DatabaseSpec]:
    """The database of each service that has one, by service. Raises `SpecError`."""
    shares = {share.service: share for share in connection_budget(database, services).shares}
    return {
        name: spec_of(declared, shares[name].connections)
        for name, service in services.items()
        if (declared := service.own_database(name))
    }


def dropped_specs(database: DatabaseSettings) -> list[DatabaseSpec]:
    """The databases that are to go, with the roles that a service's database has."""
    return [
        DatabaseSpec(name=name, owner=name, read_only=f"{name}{READ_ONLY_SUFFIX}", drop=True)
        for name in sorted(database.drop)
    ]


def drop_problems(database: DatabaseSettings, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Databases that are to be dropped while a service has them."""
    for label, service in services.items():
        declared = service.own_database(label)
        if declared and declared.name in database.drop:
            yield Finding(
                f"database.drop.{declared.name}",
                f"is the database of {label}, whose data would be gone. Take it out of one of the two.",
            )


def password_versions(services: Mapping[str, Service]) -> Mapping[str, int]:
    """Which password each service's roles have, by service."""
    own = {name: service.own_database(name) for name, service in services.items()}
    return {name: declared.password_version for name, declared in own.items() if declared}


def spec_of(declared: ServiceDatabase, connections: int) -> DatabaseSpec:
    """What `declared`, which has a name, asks for; its role may hold the `connections` of its pods and its migration's."""
    name = declared.name or ""
    return DatabaseSpec(
        name=name,
        owner=name,
        read_only=f"{name}{READ_ONLY_SUFFIX}" if declared.read_only else None,
        extensions=declared.extensions,
        connection_limit=connections + MIGRATION_CONNECTIONS,
        statement_timeout_ms=declared.statement_timeout_ms,
        auth=declared.auth,
        previous_owner=declared.previous_owner,
    )


def service_database_problems(services: Mapping[str, Service]) -> Iterator[Finding]:
    """What PostgreSQL or RDS would refuse, and databases that two services would own (incident `service-database`)."""
    owners: dict[str, str] = {}
    for name, service in services.items():
        declared = service.own_database(name)
        if declared is None:
            continue
        key = f"services.{name}.database"
        try:
            spec = spec_of(declared, 1)
        except SpecError as error:
            yield Finding(key, str(error))
            continue
        for role in (spec.name, *spec.roles):
            if owners.setdefault(role, name) != name:
                yield Finding(
                    key,
                    f"{role} is the database of {owners[role]} already, so two services would write each other's "
                    "tables. Name another.",
                )
                break
