"""Where the services' images are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from settings.types import Settings


class RegistrySettings(Settings):
    """A repository in ECR for each service. One stack of an account has them; the others pull from there."""

    prefix: Annotated[
        str, Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=100, examples=["doa-market"])
    ]
    """What their names begin with: `doa-market/order-service`."""

    keep_images: Annotated[int, Field(ge=5, le=10000)] = 50
    """The newest images that each keeps; older ones go, so a rollback beyond them needs a build."""
