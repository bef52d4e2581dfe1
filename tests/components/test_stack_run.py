"""What the program keeps from the engine, and what not."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi import log
from pulumi.runtime import resource

from components.stack_run import SDK_MODULES, begin_swiftly


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The messages that reach the engine; interpreter and SDK are as before when the test has ended."""
    messages: list[str] = []
    engine = SimpleNamespace(Log=lambda request: messages.append(request.message))
    monkeypatch.setattr(log, "get_engine", lambda: engine)
    for module in SDK_MODULES:
        assert vars(module)["log"] is log, "this version of the SDK sends its messages another way"
        monkeypatch.setattr(module, "log", log)
    thresholds = gc.get_threshold()
    yield messages
    gc.set_threshold(*thresholds)


def say_something() -> None:
    for module in SDK_MODULES:
        module.log.debug("the SDK's")
    sdk: Any = resource
    sdk.log.error("an error")
    log.debug("the program's")


def test_the_sdks_debug_messages_stay_here_and_all_others_are_sent(sent: list[str]) -> None:
    begin_swiftly({})
    say_something()
    assert sent == ["an error", "the program's"]


def test_who_asks_for_debug_messages_gets_all(sent: list[str]) -> None:
    begin_swiftly({"PULUMI_OPTION_DEBUG": "true"})
    say_something()
    assert sent == ["the SDK's", "the SDK's", "an error", "the program's"]
