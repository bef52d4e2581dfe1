"""Names under which a service reads what the stack gives it: conventions of frameworks, and its own.

The contract's own names are always there (`settings/environment.py`); these are set beside them. A value is a template of
Kubernetes's own, whose `$(NAME)` stands for a variable of the contract (Kubernetes, "Define Dependent Environment
Variables"). Sources: Spring Boot reference, "Common Application Properties" and "Binding From Environment Variables";
django-environ ("DATABASE_URL", "CACHE_URL"), django-cors-headers (`CORS_ALLOWED_ORIGINS`); libpq, "Environment Variables";
TypeORM and NestJS documentation. Remembered, not read again: the names of django-environ's cache and of NestJS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator

from settings.env_values import VariableName
from settings.problems import Finding, problems
from settings.types import Settings

REFERENCE = re.compile(r"\$\((\w+)\)")

Preset = Literal["default", "django", "spring", "go", "nestjs"]

PRESETS: Mapping[Preset, Mapping[str, str]] = {
    "default": {},
    "django": {
        "CACHE_URL": "$(REDIS_URL)",
        "CORS_ALLOWED_ORIGINS": "$(CORS_ORIGINS)",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": "$(UPLOAD_MAX_BYTES)",
        "MEDIA_URL": "$(CDN_BASE_URL)/",
    },
    "spring": {
        "SERVER_PORT": "$(PORT)",
        "SPRING_DATASOURCE_URL": (
            "jdbc:postgresql://$(DB_HOST):$(DB_PORT)/$(DB_NAME)?sslmode=$(DB_SSLMODE)&sslrootcert=$(PGSSLROOTCERT)"
        ),
        "SPRING_DATASOURCE_USERNAME": "$(DB_USER)",
        "SPRING_DATASOURCE_PASSWORD": "$(DB_PASSWORD)",
        "SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE": "$(DB_POOL_MAX)",
        "SPRING_DATA_REDIS_URL": "$(REDIS_URL)",
        "SPRING_DATA_REDIS_CONNECT_TIMEOUT": "$(REDIS_CONNECT_TIMEOUT_MS)ms",
        "SPRING_SERVLET_MULTIPART_MAX_FILE_SIZE": "$(UPLOAD_MAX_BYTES)B",
    },
    "go": {
        "PGHOST": "$(DB_HOST)",
        "PGPORT": "$(DB_PORT)",
        "PGDATABASE": "$(DB_NAME)",
        "PGUSER": "$(DB_USER)",
        "PGPASSWORD": "$(DB_PASSWORD)",
        "PGSSLMODE": "$(DB_SSLMODE)",
        "DB_MAX_OPEN_CONNS": "$(DB_POOL_MAX)",
    },
    "nestjs": {
        "DATABASE_HOST": "$(DB_HOST)",
        "DATABASE_PORT": "$(DB_PORT)",
        "DATABASE_NAME": "$(DB_NAME)",
        "DATABASE_USER": "$(DB_USER)",
        "DATABASE_PASSWORD": "$(DB_PASSWORD)",
        "DATABASE_POOL_SIZE": "$(DB_POOL_MAX)",
    },
}
"""By framework. A variable of which a part is absent (no database, no cache) is absent too."""


def check_templates(names: Mapping[str, str]) -> Mapping[str, str]:
    wrong = [
        Finding(name, "refers to nothing that the stack gives. Write one like '$(DB_HOST)'.")
        for name, template in names.items()
        if not REFERENCE.search(template)
    ]
    if wrong:
        raise problems(wrong)
    return names


class EnvNames(Settings):
    """A framework's names, and a service's own beside them."""

    preset: Preset = "default"

    names: Annotated[Mapping[VariableName, str], AfterValidator(check_templates)] = {}
    """By the service's own name, what it is: `POSTGRES_HOST: $(DB_HOST)`."""

    @property
    def templates(self) -> Mapping[str, str]:
        return {**PRESETS[self.preset], **self.names}
