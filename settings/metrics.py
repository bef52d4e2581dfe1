"""Where a service's metrics are read."""

from __future__ import annotations

from settings.types import Port, Settings
from settings.web import UrlPath


class Metrics(Settings):
    """What Prometheus finds by itself, one in the namespace `monitoring` or AWS's: each pod says where, so no address is
    written down (incident `scrape-targets`).
    """

    path: UrlPath = "/metrics"

    port: Port | None = None
    """Where it is served; the service's own port unless said."""
