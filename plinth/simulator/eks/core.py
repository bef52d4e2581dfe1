"""What a node group or an add-on knows of the cluster that it names: the cluster's output `core`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from plinth.simulator.eks.component import Component
from plinth.simulator.eks.monitor import Monitor, state_of
from plinth.simulator.eks.values import Out, Reference, is_unknown
from plinth.simulator.values import UNKNOWN


@dataclass(frozen=True)
class Core:
    """`core` as read back from the state: unknown as a whole until the cluster exists."""

    monitor: Monitor
    data: Any

    @classmethod
    def of(cls, component: Component) -> Core:
        """The `core` of argument `cluster`: a reference to the component, or its output `core`."""
        cluster = component.arg("cluster")
        if isinstance(cluster, Reference):
            return cls(component.monitor, state_of(component.monitor, cluster.urn).get("core", UNKNOWN))
        return cls(component.monitor, cluster.value if isinstance(cluster, Out) else cluster)

    def get(self, key: str) -> Out:
        """A plain value, without an edge: a reference to a component carries no dependency."""
        return Out(UNKNOWN if is_unknown(self.data) else self.data.get(key))

    def output(self, key: str, name: str) -> Out:
        """Output `name` of the resource that `core` refers to as `key`, with its edge; None if there is no such one."""
        reference = self.get(key).value
        if not isinstance(reference, dict):
            return Out(reference)
        urn, id_ = (cast("dict[str, Any]", reference).get(part) for part in ("urn", "id"))
        value = id_ if name == "id" else state_of(self.monitor, str(urn)).get(name)
        return Out(value, frozenset({str(urn)}))
