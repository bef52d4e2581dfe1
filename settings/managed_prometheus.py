"""Amazon Managed Service for Prometheus: who keeps the services' metrics, and how often they are read.

Source: Amazon Managed Service for Prometheus user guide, "Using an AWS managed collector" (no interval below 30 seconds),
"Configure your workspace" (150 days unless said, 1095 at most); Prometheus, "Querying basics" (staleness).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from settings.types import Settings


class ManagedPrometheus(Settings):
    """A workspace, and an AWS managed collector that reads the metrics of services that say `metrics`. `{}` takes it as it is."""

    scrape_interval_seconds: Annotated[int, Field(ge=30, le=120)] = 30
    """Twice as long, half the samples to pay for. At most 120, as Prometheus looks five minutes back and a scrape may fail."""

    retention_days: Annotated[int, Field(ge=1, le=1095)] = 150
    """Days for which samples are kept."""
