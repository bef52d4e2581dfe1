"""The project's own edge under the rules: nothing found, nothing undecided, and the chat's incident found when it is replayed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.small_program import PREAMBLE
from tests.components.test_content_delivery import PROGRAM
from tests.conftest import ROOT

TAGS = {"aws:defaultTags": {"tags": {"owner": "me", "environment": "test", "service": "chat"}}}


@pytest.mark.engine
def test_our_own_edge_has_no_finding(make_rehearsal: Any) -> None:
    rehearsal = make_rehearsal(PREAMBLE + PROGRAM, config=TAGS)
    pack = ("--policy-pack", str(ROOT / "policies"))
    for command in ("preview", "up", "preview"):
        result = rehearsal(command, *pack)
        assert [found["message"] for found in result.violations] == []


WITHOUT_THE_GRANT = """
import components.content_delivery as delivery
whole = delivery.policy_document
delivery.policy_document = lambda *statements: whole(*[item for item in statements if item["Sid"] != "CloudFront"])
"""


@pytest.mark.engine
def test_without_the_grant_to_decrypt_the_preview_fails(make_rehearsal: Any) -> None:
    rehearsal = make_rehearsal(PREAMBLE + WITHOUT_THE_GRANT + PROGRAM, config=TAGS)
    result = rehearsal("preview", "--policy-pack", str(ROOT / "policies"), expect_exit=None)
    found = {item["resourceUrn"].rpartition("::")[2]: item for item in result.violations}
    assert {name: item["policyName"] for name, item in found.items()} == dict.fromkeys(
        ("content", "private"), "cdn-kms-decrypt"
    )
    for part in ("Key 'content'", "Distribution 'content'", "kms:Decrypt", "AWS:SourceArn", "403"):
        assert part in found["content"]["message"]
