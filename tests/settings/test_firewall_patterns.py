"""The patterns by which the firewall knows sizes and paths."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from settings.firewall import LONGEST_PATTERN, larger_pattern, paths_pattern
from settings.web import LARGEST_UPLOAD, UrlPath

SIZES = st.integers(1, LARGEST_UPLOAD)
PATHS = st.from_regex(r"(/[a-z0-9._~-]{1,8}){1,3}", fullmatch=True)


def larger(size: int | str, limit: int) -> bool:
    return re.search(larger_pattern(limit), str(size)) is not None


@given(SIZES, SIZES)
@example(9, 10)
@example(99, 99)
@example(10, 9)
def test_just_the_larger_numbers_match(size: int, limit: int):
    assert larger(size, limit) is (size > limit)


@given(SIZES)
def test_the_limit_itself_passes_and_a_byte_more_does_not(limit: int):
    assert not larger(limit, limit)
    assert larger(limit + 1, limit)
    assert larger(f"00{limit + 1}", limit)
    assert not larger(f"00{limit}", limit)
    assert len(larger_pattern(limit)) <= LONGEST_PATTERN


@given(st.lists(PATHS, min_size=1, max_size=4))
def test_paths_match_with_all_below_them_and_nothing_beside_them(paths: list[str]):
    pattern = re.compile(paths_pattern(paths))
    for path in paths:
        assert pattern.search(path)
        assert pattern.search(f"{path}/x")
        assert not pattern.search(f"/0{path}") or any(f"/0{path}".startswith(other) for other in paths)
    assert not re.search(paths_pattern(["/login"]), "/login-help")
    assert not re.search(paths_pattern(["/v1.0"]), "/v1x0")
    assert paths_pattern(paths) == paths_pattern(reversed(paths))


@pytest.mark.parametrize("path", ["login", "/", "/login/", "/login?next=/", "/a//b", "/a b", "/a*"])
def test_what_is_no_path_is_refused(path: str):
    with pytest.raises(ValidationError, match="no path"):
        TypeAdapter(UrlPath).validate_python(path)
