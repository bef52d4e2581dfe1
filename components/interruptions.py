"""What AWS announces of nodes, in a queue that Karpenter reads: it moves pods away before a node is taken.

Sources: Karpenter 1.14, "Disruption" (interruption) and the rules of its CloudFormation reference; EC2 user guide, "Spot
Instance interruption notices".
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.bucket import policy_document
from components.messaging import deny_without_tls

EVENTS: Mapping[str, tuple[str, str]] = {
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
    "health": ("aws.health", "AWS Health Event"),
}
"""Source and detail type of each event, by the name of its rule. They come for all instances of the account."""

RETENTION_SECONDS = 300
"""A Spot instance is gone two minutes after its notice: what is older helps nobody."""


class Interruptions(pulumi.ComponentResource):
    """The queue, and an EventBridge rule for each kind of event."""

    queue: aws.sqs.Queue

    def __init__(self, name: str, *, opts: pulumi.ResourceOptions) -> None:
        """Register the queue `name`."""
        super().__init__("plinth:index:Interruptions", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.queue = aws.sqs.Queue(
            name, message_retention_seconds=RETENTION_SECONDS, sqs_managed_sse_enabled=True, opts=child
        )
        rules = [
            aws.cloudwatch.EventRule(
                f"{name}-{label}",
                description=f"{detail_type}, for Karpenter",
                event_pattern=json.dumps({"source": [source], "detail-type": [detail_type]}),
                opts=child,
            )
            for label, (source, detail_type) in EVENTS.items()
        ]
        policy = aws.sqs.QueuePolicy(
            name,
            queue_url=self.queue.url,
            policy=policy_document(
                deny_without_tls(self.queue.arn),
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": self.queue.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
                },
            ),
            opts=child,
        )
        for label, rule in zip(EVENTS, rules, strict=True):
            aws.cloudwatch.EventTarget(
                f"{name}-{label}",
                rule=rule.name,
                arn=self.queue.arn,
                opts=child.merge(pulumi.ResourceOptions(depends_on=[policy])),
            )
        self.register_outputs({"queue_name": self.queue.name})
