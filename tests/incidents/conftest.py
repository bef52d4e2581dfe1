"""The clean stack, previewed once: its result, and its resources as the policies saw them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from incidents.graph import Resource
from tests.conftest import Result
from tests.incidents.demonstration import preview_twin
from tests.incidents.recorded import recorder, resources


@dataclass(frozen=True)
class Twin:
    """The clean stack's preview."""

    preview: Result
    resources: list[Resource]


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    pack = recorder(tmp_path_factory.mktemp("recorder") / "pack")
    preview = preview_twin(tmp_path_factory.mktemp("twin"), pack)
    return Twin(preview, resources(pack))
