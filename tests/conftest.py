"""`make_rehearsal`: run the real engine on the simulated cloud, and look at what it said and did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from plinth.testing import Rehearsal, Result

__all__ = ["ROOT", "Rehearsal", "Result"]

# A property that is checked on a busy machine is no less true. A change is judged by the same examples on every run;
# `make search` looks for new ones.
settings.register_profile("project", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=5000)
settings.load_profile("project")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def make_rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Rehearsal]:
    """Make a program folder from source text: `make_rehearsal(source, config={...})`."""

    def make(
        source: str, *, config: Mapping[str, Any] | None = None, stacks: Sequence[str] = ("test",)
    ) -> Rehearsal:
        return Rehearsal.make(tmp_path_factory.mktemp("program"), source, config=config, stacks=stacks)

    return make
