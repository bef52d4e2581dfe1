"""All rules, in the order of their ids: each module of this package defines one, as `RULE`."""

import importlib
import pkgutil

from incidents.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    importlib.import_module(f"{__name__}.{module.name}").RULE
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
)
