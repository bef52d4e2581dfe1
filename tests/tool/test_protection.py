"""When a rehearsal takes protection off, and when it meets it as an account would."""

from __future__ import annotations

import pytest

from plinth.protection import takes_all_down
from plinth.pulumi_arguments import PulumiArguments


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["destroy", "--yes", "-s", "prod"], True),
        (["-C", "stack", "down"], True),
        (["destroy", "--preview-only"], False),
        (["destroy", "--target=urn:pulumi:prod::a::b::c"], False),
        (["destroy", "-t", "urn:pulumi:prod::a::b::c"], False),
        (["destroy", "--exclude-protected"], False),
        (["up", "--yes"], False),
        (["state", "delete", "destroy"], False),
    ],
)
def test_only_the_destruction_of_a_whole_stack(arguments: list[str], expected: bool) -> None:
    assert takes_all_down(PulumiArguments.parse(arguments)) is expected
