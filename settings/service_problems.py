"""What is wrong between a service, the other services, and the rest of the stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settings.cache import CacheSettings
from settings.content import ContentSettings
from settings.env_names import REFERENCE
from settings.environment import TUNABLE, Surroundings, contract, environment
from settings.problems import Finding, nearest
from settings.search import SearchSettings
from settings.service import Service

CRON_JOB_NAME = 52
"""The longest name of a CronJob, whose Jobs get eleven characters more (Kubernetes, "CronJob")."""

GIVEN_BY: Mapping[str, str] = {
    "DB_": "needs: [postgres]",
    "DATABASE_URL": "needs: [postgres]",
    "PG": "needs: [postgres]",
    "REDIS_": "needs: [redis]",
    "UPLOAD_": "needs: [bucket]",
    "CDN_": "a section `plinth:content`",
    "CORS_": "`env`, or hosts of this stack's pages",
    "OPENSEARCH_": "needs: [search]",
}
"""What gives a variable, by how its name begins."""


def service_problems(
    services: Mapping[str, Service],
    *,
    cache: CacheSettings | None,
    content: ContentSettings | None,
    search: SearchSettings | None,
    around: Surroundings,
) -> Iterator[Finding]:
    """What would only show once pods run."""
    yield from cron_problems(services)
    for name, service in services.items():
        key = f"services.{name}"
        for need, missing in lacking(service, cache, content, search):
            yield Finding(f"{key}.needs", f"{need} is not in this stack, so its pods would crash. {missing}")
        for caller in service.callers:
            if caller not in services:
                yield Finding(
                    f"{key}.callers",
                    f"{caller} is no service of this stack, so nobody would be let in. {nearest(caller, services)}",
                )
        if not lacks_database(service, name, around):
            yield from variable_problems(key, name, service, around)


def cron_problems(services: Mapping[str, Service]) -> Iterator[Finding]:
    """Names of CronJobs that the API server would refuse, or that two services would share."""
    owners: dict[str, str] = {}
    for name, service in services.items():
        for cron in service.cron:
            key, job = f"services.{name}.cron.{cron}", f"{name}-{cron}"
            if len(job) > CRON_JOB_NAME:
                yield Finding(
                    key,
                    f"{job} is longer than {CRON_JOB_NAME} characters, so the API server would refuse the CronJob. Shorten it.",
                )
            if owners.setdefault(job, name) != name:
                yield Finding(
                    key, f"{job} is a CronJob of {owners[job]} too, so one of them would not run. Rename it."
                )


def lacking(
    service: Service,
    cache: CacheSettings | None,
    content: ContentSettings | None,
    search: SearchSettings | None,
) -> Iterator[tuple[str, str]]:
    """Needs that the stack does not fulfil, and what to write."""
    if "redis" in service.needs and not cache:
        yield "redis", "Add a section `plinth:cache`, or leave it out."
    if "search" in service.needs and not search:
        yield "search", "Add a section `plinth:search`, or leave it out."
    if "bucket" in service.needs and not (content and content.upload_limit):
        yield "bucket", "Write `uploads: true` under `plinth:content`, or leave it out."


def lacks_database(service: Service, name: str, around: Surroundings) -> bool:
    """Whether its database is in no cluster, which is told elsewhere."""
    return bool(service.database) and name not in around.pools


def variable_problems(key: str, name: str, service: Service, around: Surroundings) -> Iterator[Finding]:
    given = environment(name, service, around)
    fixed = dict(contract(name, service, around)).keys() - {*TUNABLE}
    for section, names in (("env", service.env), ("secrets", service.secrets)):
        for variable in sorted(fixed & {*names}):
            yield Finding(
                f"{key}.{section}",
                f"{variable} is given by the stack, and would say something else than what is there (incident env-contract). "
                "Leave it out.",
            )
    for wanted in service.required_env:
        if wanted not in given:
            yield Finding(
                f"{key}.required_env",
                f"{wanted} is given by nothing, so the code would fail at its first use (incident env-contract). "
                f"{source_of(wanted, given)}",
            )
    for alias, template in service.own_env_names.items():
        if absent := [part for part in REFERENCE.findall(template) if part not in given]:
            yield Finding(
                f"{key}.env_names.names.{alias}",
                f"refers to {absent[0]}, which the service does not have, so it would be that text. "
                f"{source_of(absent[0], given)}",
            )


def source_of(variable: str, given: Mapping[str, object]) -> str:
    """What to write for a variable to be there."""
    for start, remedy in GIVEN_BY.items():
        if variable.startswith(start):
            return f"Say {remedy}."
    hint = nearest(variable, given)
    advice = "Write it under `env`, or under `secrets` if nobody may see it."
    return f"{hint} {advice}" if hint.startswith("Did you mean") else advice
