"""Property values survive the wire, and secrets stay out of sight."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from plinth.simulator.values import (
    OUTPUT,
    SIGNATURE,
    UNKNOWN,
    Secret,
    contains,
    from_struct,
    plain,
    to_struct,
    without_secrets,
)

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
scalars = st.one_of(texts, st.booleans(), st.integers(-(2**50), 2**50), st.just(UNKNOWN))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3), inner.map(Secret)
    ),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_values_come_back_from_the_wire_as_they_went(properties: dict[str, Any]) -> None:
    assert from_struct(to_struct(properties)) == properties


@given(values)
def test_no_secret_is_left_in_what_the_cloud_keeps(value: Any) -> None:
    assert not contains(without_secrets(value), Secret)
    assert not contains(plain(value), Secret)


def test_the_representation_of_a_secret_does_not_show_it() -> None:
    assert "hunter2" not in repr({"password": Secret("hunter2")})


def test_an_output_of_the_sdk_is_its_value_secret_or_unknown() -> None:
    struct = struct_pb2.Struct()
    struct.update(
        {
            "known": {SIGNATURE: OUTPUT, "value": "a", "dependencies": ["urn"]},
            "sealed": {SIGNATURE: OUTPUT, "value": "a", "secret": True},
            "unknown": {SIGNATURE: OUTPUT},
        }
    )
    assert from_struct(struct) == {"known": "a", "sealed": Secret("a"), "unknown": UNKNOWN}


def test_none_is_left_out_of_a_message_and_kept_in_a_list() -> None:
    assert from_struct(to_struct({"a": None, "b": [None, 1]})) == {"b": [None, 1]}
