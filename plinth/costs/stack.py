"""What pricing asks of a stack as a whole: where a resource is, who made it, what it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from plinth.preview import Resource

GLOBAL_REGION = "us-east-1"
"""Where AWS lists what belongs to no region: CloudFront, Route 53."""
GLOBAL_SERVICES = ("aws:cloudfront/", "aws:route53/")

NO_COMPONENT = "(no component)"


class Stack:
    """The resources of one stack by urn, in order."""

    def __init__(self, resources: Iterable[Resource], region: str) -> None:
        self.resources: Sequence[Resource] = sorted(resources, key=lambda item: item.urn)
        self._by_urn = {item.urn: item for item in self.resources}
        self._region = region

    def region_of(self, resource: Resource) -> str:
        """The resource's own region (pulumi-aws 7), else its provider's, else the stack's."""
        if resource.type.startswith(GLOBAL_SERVICES):
            return GLOBAL_REGION
        provider = self._by_urn.get(resource.provider)
        return str(resource.known("region") or (provider and provider.known("region")) or self._region)

    def component_of(self, resource: Resource) -> str:
        """The last part of the type of the outermost component: `Database` of `plinth:index:Database`."""
        outermost, below, _ = resource.urn.split("::")[2].partition("$")
        return outermost.rpartition(":")[2] if below else NO_COMPONENT

    def target(self, resource: Resource, prop: str, type_: str) -> Resource | None:
        """The one resource of `type_` that `prop` of `resource` depends on."""
        found = [self._by_urn[urn] for urn in resource.targets(prop) if urn in self._by_urn]
        return next((item for item in found if item.type == type_), None)

    def objects(self, kind: str, name: str) -> Sequence[Resource]:
        """The Kubernetes objects of a kind that have a name."""
        return [
            item
            for item in self.resources
            if item.type.endswith(f":{kind}") and item.known("metadata", "name") == name
        ]


def number(value: Any, default: int | float) -> int | float:
    """A number that may be said as text, as Pulumi's configuration does; `default` where it is unsaid or unknown."""
    try:
        return float(value) if "." in str(value) else int(value)
    except (TypeError, ValueError):
        return default
