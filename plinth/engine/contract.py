"""Pulumi's gRPC contract without the rest of its SDK, whose import is half of a language host's start-up time.

Only the language host may import this module: in its process nothing else of `pulumi` works, unless it was imported
before (as tests do).
"""
# ruff: noqa: E402 - the parents come first

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def leave_out(package: str) -> None:
    """Let the modules of `package` be imported without running its `__init__`."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(f"package {package} is not installed")
    module = ModuleType(package)
    module.__path__ = spec.submodule_search_locations
    sys.modules[package] = module


if "pulumi" not in sys.modules:
    for parent in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        leave_out(parent)

from pulumi.runtime.proto import analyzer_pb2 as analyzer
from pulumi.runtime.proto import language_pb2 as language
from pulumi.runtime.proto import language_pb2_grpc as language_grpc
from pulumi.runtime.proto import plugin_pb2 as plugin

__all__ = ["analyzer", "language", "language_grpc", "plugin"]
