"""Queues and topics that services name under `needs`, in place of a broker of one's own (incident `absent-backend`).

Owns each SQS queue with its dead-letter queue, each SNS topic, and the subscriptions of queues to topics. Owns no service's
role: `send_and_receive` and `publish` say what one may do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import Watch
from components.bucket import Statement, policy_document

RECEIVES = 5
"""After as many tries a message is put aside (SQS developer guide, "Using dead-letter queues")."""

VISIBILITY_SECONDS = 60
"""For which a message is hidden while one receiver works on it."""

DEAD_LETTER_SECONDS = 14 * 24 * 60 * 60
"""The longest that SQS keeps a message: for people to look."""

TOPIC_KEY = "alias/aws/sns"


def deny_without_tls(queue_arn: pulumi.Input[str]) -> Statement:
    """Closes a queue to everybody who does not come over TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


class Messaging(pulumi.ComponentResource):
    """All queues and topics of the stack, by the names that services say."""

    queue_urls: Mapping[str, pulumi.Output[str]]
    topic_arns: Mapping[str, pulumi.Output[str]]
    watches: Sequence[Watch]
    """That nothing lies in a dead-letter queue."""

    def __init__(
        self,
        name: str,
        *,
        queues: Sequence[str],
        topics: Sequence[str],
        subscriptions: Mapping[str, Sequence[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register `queues` and `topics`; `subscriptions` are the queues that get what is published, by topic."""
        super().__init__("plinth:index:Messaging", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._dead = {queue: self._make_dead_letters(queue) for queue in queues}
        self._queues = {queue: self._make_queue(queue) for queue in queues}
        self._topics = {topic: self._make_topic(topic) for topic in topics}
        self.queue_urls = {queue: made.url for queue, made in self._queues.items()}
        self.topic_arns = {topic: made.arn for topic, made in self._topics.items()}
        for queue in queues:
            self._open(queue, [topic for topic, said in subscriptions.items() if queue in said])
        self.watches = [
            Watch(
                f"queue-{queue}-dead-letters",
                f"Messages of the queue {queue} failed {RECEIVES} times, and were put aside.",
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": dead.name},
                "Maximum",
                0,
            )
            for queue, dead in self._dead.items()
        ]
        self.register_outputs({"queue_urls": self.queue_urls, "topic_arns": self.topic_arns})

    def send_and_receive(self, queue: str) -> Statement:
        """What a role may do that works with `queue`."""
        actions = (
            "SendMessage",
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
            "GetQueueAttributes",
        )
        return {
            "Effect": "Allow",
            "Action": [f"sqs:{action}" for action in actions],
            "Resource": self._queues[queue].arn,
        }

    def publish(self, topic: str) -> Statement:
        """What a role may do that publishes to `topic`."""
        return {"Effect": "Allow", "Action": "sns:Publish", "Resource": self._topics[topic].arn}

    def _make_dead_letters(self, queue: str) -> aws.sqs.Queue:
        return aws.sqs.Queue(
            f"{self._name}-{queue}-dead-letters",
            message_retention_seconds=DEAD_LETTER_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=self._child,
        )

    def _make_queue(self, queue: str) -> aws.sqs.Queue:
        dead = self._dead[queue].arn
        return aws.sqs.Queue(
            f"{self._name}-{queue}",
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            # Long polling: a receiver waits for a message, and does not ask again and again.
            receive_wait_time_seconds=20,
            sqs_managed_sse_enabled=True,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead, "maxReceiveCount": RECEIVES}
            ),
            opts=self._child,
        )

    def _make_topic(self, topic: str) -> aws.sns.Topic:
        return aws.sns.Topic(f"{self._name}-{topic}", kms_master_key_id=TOPIC_KEY, opts=self._child)

    def _open(self, queue: str, topics: Sequence[str]) -> None:
        """Nobody without TLS, and the topics that the queue hears (SNS developer guide, "Fanout to Amazon SQS queues")."""
        made = self._queues[queue]
        statements = [deny_without_tls(made.arn)]
        if topics:
            sources = [self._topics[topic].arn for topic in topics]
            statements.append(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": made.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": sources}},
                }
            )
        policy = aws.sqs.QueuePolicy(
            f"{self._name}-{queue}",
            queue_url=made.url,
            policy=policy_document(*statements),
            opts=self._child,
        )
        for topic in topics:
            aws.sns.TopicSubscription(
                f"{self._name}-{topic}-{queue}",
                topic=self._topics[topic].arn,
                protocol="sqs",
                endpoint=made.arn,
                raw_message_delivery=True,
                opts=self._child.merge(pulumi.ResourceOptions(depends_on=[policy])),
            )
