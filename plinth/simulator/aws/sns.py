"""SNS: topics, who hears them, and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.simulator.aws.naming import arn, of_input, text, uuid_of
from plinth.simulator.creation import ACCOUNT, Creation, Kind

TO_BE_CONFIRMED = {"email", "email-json", "http", "https"}
"""Protocols whose subscribers must say yes first (SNS developer guide, "Creating a subscription")."""


def topic(_creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"arn": id_, "owner": ACCOUNT, "beginningArchiveTime": ""}


def subscription(creation: Creation, id_: str) -> Mapping[str, Any]:
    """The provider asks for the ARN of a subscription that waits too (`ReturnSubscriptionArn`)."""
    waits = creation.inputs.get("protocol") in TO_BE_CONFIRMED
    return {
        "arn": id_,
        "ownerId": ACCOUNT,
        "pendingConfirmation": waits,
        "confirmationWasAuthenticated": not waits,
    }


KINDS: Mapping[str, Kind] = {
    "aws:sns/topic:Topic": Kind(lambda creation: arn(creation, text(creation, "name")), topic, unique=True),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        lambda creation: f"{text(creation, 'topic')}:{uuid_of(creation)}", subscription
    ),
    "aws:sns/topicPolicy:TopicPolicy": Kind(
        of_input("arn"), lambda _creation, _id: {"owner": ACCOUNT}, unique=True
    ),
}
