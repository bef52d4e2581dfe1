"""What a provider answers when it makes or changes a resource: the values that the cloud computes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from plinth.simulator.cloud import Cloud, Record, stack_of
from plinth.simulator.schema import Property, Resource
from plinth.simulator.values import UNKNOWN, plain

ACCOUNT = "123456789012"
CREATED = "2026-01-01T00:00:00Z"
ZERO: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "map": {}}


@dataclass(frozen=True)
class Creation:
    """One resource in the making: what its provider knows when it is asked to create it.

    `inputs` hold no secret marks; `serial` is 0, and counts up for replacements whose predecessor has the same id
    otherwise; `id` is empty until there is one. `cloud` is what else exists, None at preview.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any]
    region: str = "us-east-1"
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    serial: int = 0
    id: str = ""
    cloud: Cloud | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    def with_id(self, id_: str) -> Creation:
        """The same once it has an id: from then on its computed values follow from the id, update after update."""
        return replace(self, id=id_)

    def hex(self, length: int, purpose: str = "id") -> str:
        """`length` hex digits that are the same for the same urn, generation and purpose, and for no other."""
        key = f"{self.urn}|{self.id or self.serial}|{purpose}"
        return hashlib.shake_128(key.encode()).hexdigest((length + 1) // 2)[:length]

    def number(self, below: int, purpose: str) -> int:
        return int(self.hex(8, purpose), 16) % below

    def find(self, type_: str, id_: Any) -> Mapping[str, Any]:
        """The properties of what else exists; empty when it is not in the record, as what another tool has made."""
        record = self.cloud.find(type_, str(id_), self.urn) if self.cloud and id_ else None
        return record.properties if record else {}

    def others(self, type_: str) -> list[Record]:
        """What of `type_` the stack has besides this resource."""
        records = self.cloud.of_type(type_) if self.cloud else []
        own = stack_of(self.urn)
        return [record for record in records if record.urn != self.urn and stack_of(record.urn) == own]

    def is_kept(self, name: str) -> bool:
        """Whether `name` is that of a deleted resource of this type, and not free again."""
        return self.cloud is not None and self.cloud.is_kept(self.type, name, self.urn)


@dataclass(frozen=True)
class Computed:
    """A value inside an object that the cloud computes: unknown at preview while its siblings are known."""

    value: Any


@dataclass(frozen=True)
class Kind:
    """What is special about one resource type, beyond its schema.

    `id` and `computed` get the creation and, the second, the new id; `defaults` are known at preview already.
    `autoname` is the property that gets a random suffix when it is not given, None for none. Of a `unique` type AWS
    takes no two with the same id. `fills` tells that the provider answers a value for each output that cannot be null.
    `revised` gives, of a changed resource and its outputs before, the outputs that move on with the change.
    """

    id: Callable[[Creation], str] | None = None
    computed: Callable[[Creation, str], Mapping[str, Any]] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    autoname: str | None = "name"
    unique: bool = False
    fills: bool = True
    revised: Callable[[Creation, Mapping[str, Any]], Mapping[str, Any]] = lambda _creation, _old: {}


@dataclass(frozen=True)
class Blueprint:
    """All that is known of a resource type: its schema, its `kind`, and a guess at outputs that no rule names."""

    kind: Kind
    schema: Resource | None
    guess: Callable[[Creation, str, Property], Any]

    def outputs(self, creation: Creation, id_: str) -> dict[str, Any]:
        """All outputs of a new resource: inputs, the provider's defaults, and what the cloud computes."""
        made = creation.with_id(id_)
        found = {"id": id_, **self._known(made)}
        found |= {key: reveal(value) for key, value in self._computed(made).items()}
        for name, declared in self._filled.items():
            found.setdefault(name, ZERO.get(declared.type.kind))
        for name, declared in self._output_only.items():
            if name not in found:
                found[name] = self.guess(made, id_, declared)
        return found

    def planned(self, creation: Creation) -> dict[str, Any]:
        """The same at preview: what the cloud computes is unknown."""
        found = {"id": UNKNOWN, **self._known(creation)}
        computed = self._computed(creation)
        found |= {
            key: conceal(value) for key, value in computed.items() if key not in found or has_computed(value)
        }
        return {**dict.fromkeys([*self._filled, *self._output_only], UNKNOWN), **found}

    def updated(self, creation: Creation, old: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs after an update of a resource whose outputs were `old`; the same at preview and for real."""
        settable = set(self.schema.inputs) if self.schema else set(creation.inputs)
        kept = {key: value for key, value in old.items() if key not in settable or key in self._filled}
        computed = self._computed(creation)
        merged = {key: reveal(value) for key, value in computed.items() if key in settable}
        return {**kept, **self._known(creation), **merged}

    def _known(self, creation: Creation) -> dict[str, Any]:
        """What is known before anything is made."""
        region = {"region": creation.region} if "region" in self._filled else {}
        return {**self._documented, **region, **self.kind.defaults, **given(creation.inputs)}

    def _computed(self, creation: Creation) -> Mapping[str, Any]:
        return self.kind.computed(creation, creation.id) if self.kind.computed else {}

    @cached_property
    def _filled(self) -> Mapping[str, Property]:
        """Inputs that the provider gives a value when the program does not: these outputs always have one."""
        if self.schema is None or not self.kind.fills:
            return {}
        inputs, outputs = self.schema.inputs, self.schema.outputs
        return {
            name: inputs[name]
            for name in outputs
            if outputs[name].required and name in inputs and not inputs[name].required
        }

    @cached_property
    def _documented(self) -> Mapping[str, Any]:
        return {name: item.default for name, item in self._filled.items() if item.default is not None}

    @cached_property
    def _output_only(self) -> Mapping[str, Property]:
        if self.schema is None:
            return {}
        return {
            name: declared for name, declared in self.schema.outputs.items() if name not in self.schema.inputs
        }


def given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that the program gave, without secret marks and the bridge's own keys."""
    return {key: value for key, value in plain(dict(inputs)).items() if not key.startswith("__")}


def has_computed(value: Any) -> bool:
    match value:
        case Computed():
            return True
        case dict():
            return any(map(has_computed, value.values()))  # pyright: ignore
        case list():
            return any(map(has_computed, value))  # pyright: ignore
        case _:
            return False


def reveal(value: Any) -> Any:
    """`value` as the cloud computed it."""
    return walk(value, lambda computed: computed.value)


def conceal(value: Any) -> Any:
    """`value` as it is known at preview."""
    return walk(value, lambda _computed: UNKNOWN) if has_computed(value) else UNKNOWN


def walk(value: Any, leaf: Callable[[Computed], Any]) -> Any:
    match value:
        case Computed():
            return leaf(value)
        case dict():
            return {key: walk(inner, leaf) for key, inner in value.items()}  # pyright: ignore
        case list():
            return [walk(inner, leaf) for inner in value]  # pyright: ignore
        case _:
            return value
