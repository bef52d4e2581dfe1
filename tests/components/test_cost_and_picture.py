"""The example stacks have a price, and the picture in the README is what prod is."""

from __future__ import annotations

import pytest

from plinth.costs.pricing import price, total
from plinth.pictures.reading import read
from plinth.pictures.svg import draw
from plinth.preview import Resource
from tests.components.conftest import Stack
from tests.conftest import ROOT

PICTURE = ROOT / "docs" / "pictures" / "prod.svg"


@pytest.mark.engine
def test_everything_in_the_stack_has_a_price(stack: Stack) -> None:
    """What is free is known to be so: a new type needs a charge, or a place among the free ones."""
    lines = price(map(Resource.read, stack.resources), "ap-northeast-2")
    assert [f"{line.resource}: {line.item}" for line in lines if line.monthly is None] == []
    assert 100 < total(lines).fixed < 5000


@pytest.mark.engine
def test_the_stored_picture_is_what_the_stack_is(stack: Stack) -> None:
    """A stack that is up looks like its preview: the same resources and edges, with more values known."""
    if stack.name != "prod":
        pytest.skip("the README shows prod")
    drawn = draw(read(map(Resource.read, stack.resources)), "The architecture of stack prod")
    assert drawn == PICTURE.read_text(encoding="utf-8"), (
        "docs/pictures/prod.svg is stale; draw it again: .venv/bin/plinth graph -s prod -o docs/pictures/prod.svg"
    )
