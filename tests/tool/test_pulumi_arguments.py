"""Whatever way pulumi's own flags are written, a rehearsal reads the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.pulumi_arguments import PulumiArguments


@pytest.mark.parametrize(
    "written",
    [
        ["preview", "-s", "prod", "-C", "infra"],
        ["preview", "--stack=prod", "--cwd=infra"],
        ["-Cinfra", "preview", "-sprod"],
        ["--cwd", "infra", "--color", "never", "preview", "--diff", "--stack", "prod"],
    ],
)
def test_every_spelling_of_folder_and_stack(written):
    parsed = PulumiArguments.parse(written)
    assert (parsed.words[0], parsed.cwd, parsed.stack) == ("preview", "infra", "prod")


def test_flags_go_before_what_follows_a_double_dash():
    parsed = PulumiArguments.parse(["up", "-s", "prod", "--", "-s", "other"])
    assert parsed.stack == "prod"
    assert parsed.with_flags(["--config-file", "f"]) == [
        "up",
        "-s",
        "prod",
        "--config-file",
        "f",
        "--",
        "-s",
        "other",
    ]


def test_a_flag_without_its_value_is_left_to_pulumi_to_refuse():
    assert PulumiArguments.parse(["preview", "-s"]).arguments == ("preview", "-s")


@given(st.lists(st.text(min_size=1, max_size=8)))
def test_arguments_pass_unchanged_and_nothing_crashes(arguments):
    assert PulumiArguments.parse(arguments).with_flags([]) == list(arguments)
