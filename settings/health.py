"""How a service says that it is well: one declaration for the kubelet's probes and the load balancer's health check."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from settings.problems import problem
from settings.types import Port, Settings
from settings.web import UrlPath


class Health(Settings):
    """Two paths, because they have two consequences: who is not live is restarted, who is not ready gets no requests."""

    live: Annotated[UrlPath, Field(examples=["/livez"])]
    """Answers 200 while the process works, whatever becomes of its database."""

    ready: Annotated[UrlPath, Field(examples=["/readyz"])]
    """Answers 200 while requests can be served; the load balancer asks it too."""

    port: Port | None = None
    """Where both are served; the service's own port unless said."""

    startup_seconds: Annotated[int, Field(ge=5, le=3600)] = 60
    """The longest that a start may take before the pod is restarted."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.live == self.ready:
            raise problem(
                f"live and ready are both {self.live}, so a database that is away for a moment would restart all pods "
                "(incident probe-path). Give each its own path."
            )
        return self
