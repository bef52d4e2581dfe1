"""The tables of who carries security groups, against the SDK itself."""

from __future__ import annotations

import importlib
import inspect

import pytest

from incidents.rules.two_zones import MAY_BE_PUBLIC, PUBLIC, SUBNETS
from incidents.security_groups import CLIENTS, DATA_STORES

PROPERTIES = [
    *DATA_STORES.items(),
    *((type_, path[0]) for type_, paths in CLIENTS.items() for path in paths),
    *((type_, path[0]) for type_, path in SUBNETS.items()),
    *((type_, PUBLIC) for type_ in MAY_BE_PUBLIC),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("type_", "prop"), PROPERTIES)
def test_each_type_of_the_tables_has_the_property(type_: str, prop: str) -> None:
    module, _, name = type_.removeprefix("aws:").partition("/")
    sdk = importlib.import_module("pulumi_aws" + {"lambda": ".lambda_"}.get(module, f".{module}"))
    parameters = inspect.signature(getattr(sdk, name.partition(":")[2])._internal_init).parameters
    words = ("".join(word.title() for word in key.split("_")) for key in parameters)
    assert prop in {word[:1].lower() + word[1:] for word in words}
