"""The record of what exists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from plinth.simulator.cloud import Cloud, Record
from plinth.simulator.values import Secret

ROLE = "aws:iam/role:Role"


def urn(name: str, stack: str = "prod") -> str:
    return f"urn:pulumi:{stack}::market::{ROLE}::{name}"


def record(name: str, stack: str = "prod", **properties: object) -> Record:
    return Record(ROLE, "app", urn(name, stack), properties)


def test_what_is_put_is_found_after_reopening(tmp_path: Path) -> None:
    first = Cloud(tmp_path / "new" / "folder")
    first.put(record("a", path="/"))
    first.close()
    again = Cloud(tmp_path / "new" / "folder")
    assert again.find(ROLE, "app", urn("a")) == record("a", path="/")
    assert again.find(ROLE, "other", urn("a")) is None


def test_two_stacks_may_have_the_same_id(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.put(record("a", "dev", path="/dev/"))
    cloud.put(record("a", "prod", path="/prod/"))
    cloud.delete(record("a", "dev"))
    assert [each.properties["path"] for each in cloud.all()] == ["/prod/"]


def test_others_of_the_same_stack_are_forgotten(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    kept, leftover, elsewhere = record("kept"), record("leftover"), record("leftover", "dev")
    for each in (kept, leftover, elsewhere):
        cloud.put(each)
    cloud.forget_others("prod::market", {(kept.urn, kept.id)})
    assert [each.urn for each in cloud.all()] == [elsewhere.urn, kept.urn]


def test_an_id_under_another_urn_is_the_stack_s_own_before_any_other(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.put(record("a", "dev", path="/dev/"))
    cloud.put(record("a", "prod", path="/prod/"))
    for stack in ("dev", "prod"):
        found = cloud.find(ROLE, "app", urn("renamed", stack))
        assert found
        assert found.properties["path"] == f"/{stack}/"
    assert cloud.find(ROLE, "app", urn("b", "third"))


def test_no_secret_reaches_the_disk(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.put(record("a", password=Secret("hunter2"), nested={"list": [Secret("hunter2")]}))
    cloud.close()
    assert all(b"hunter2" not in file.read_bytes() for file in tmp_path.iterdir())


def test_many_threads_may_write(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda index: cloud.put(record(f"r{index}")), range(200)))
    assert len(cloud.of_type(ROLE)) == 200
