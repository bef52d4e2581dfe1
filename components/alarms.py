"""CloudWatch alarms that reach people: one encrypted SNS topic, its subscribers, and an alarm for each thing watched.

What is watched is said by the part that it belongs to (`components/database_alarms.py`, `components/cache_alarms.py`), as
a list of `Watch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.keys import encryption_key
from settings.alarms import AlarmSettings

CLOUDWATCH = "cloudwatch.amazonaws.com"
PERIOD_SECONDS = 60

Statistic = Literal["Average", "Maximum", "Minimum", "Sum", "p99"]
PERCENTILES = ("p99",)
"""Statistics that CloudWatch calls extended."""


@dataclass(frozen=True)
class Watch:
    """A metric that must not pass `threshold`, in the metric's own unit. `label` is unique in the stack."""

    label: str
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: Statistic
    threshold: float
    below: bool = False
    """Whether the alarm is raised below the threshold and not above it."""

    summed: bool = False
    """Whether the threshold is for all `minutes` of the settings together, and not for each of them."""


class Alarms(pulumi.ComponentResource):
    """The stack's alarms in one region and who hears them. Each tells when it is raised, and when it is over.

    An alarm watches metrics of its own region and tells a topic of its own region (CloudWatch user guide, "Using Amazon
    CloudWatch alarms"; SNS developer guide, "Amazon SNS topics"): a stack with a CDN, whose metrics are in us-east-1, has
    two of these, and its subscribers confirm twice.
    """

    topic_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: AlarmSettings,
        *,
        watches: Sequence[Watch],
        region: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the topic `name` with the subscribers in `settings`, and an alarm for each of `watches`, in `region` or
        else the stack's.
        """
        super().__init__("plinth:index:Alarms", name, None, opts)
        self._name = name
        self._settings = settings
        self._region = region
        self._child = pulumi.ResourceOptions(parent=self)
        topic = self._make_topic()
        for email in settings.emails:
            self._subscribe(topic, "email", email)
        for endpoint in settings.https_endpoints:
            self._subscribe(topic, "https", endpoint)
        for watch in watches:
            self._make_alarm(watch, topic)
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})

    def _make_topic(self) -> aws.sns.Topic:
        """A topic that CloudWatch may publish to and whose key it may use.

        Sources: SNS developer guide, "Key management" (compatibility between event sources from AWS services and encrypted
        topics); CloudWatch user guide, "Notifying users on alarm changes".
        """
        name = f"{self._name}-alarms"
        key = encryption_key(
            name, f"Encrypts the alarms of {self._name} on their way", region=self._region, opts=self._child
        )
        account = key.arn.apply(lambda arn: arn.split(":")[4])
        owner = {"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")}
        key_policy = aws.kms.KeyPolicy(
            name,
            key_id=key.key_id,
            policy=policy(
                allow(owner, ["kms:*"], "*"),
                allow({"Service": CLOUDWATCH}, ["kms:Decrypt", "kms:GenerateDataKey*"], "*"),
            ),
            region=self._region,
            opts=self._child,
        )
        topic = aws.sns.Topic(
            name,
            kms_master_key_id=key.arn,
            region=self._region,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[key_policy])),
        )
        own_account = {"StringEquals": {"aws:SourceAccount": account}}
        aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy(
                allow({"Service": CLOUDWATCH}, ["sns:Publish"], topic.arn) | {"Condition": own_account}
            ),
            region=self._region,
            opts=self._child,
        )
        return topic

    def _subscribe(self, topic: aws.sns.Topic, protocol: str, endpoint: str) -> None:
        aws.sns.TopicSubscription(
            f"{self._name}-{endpoint}",
            topic=topic.arn,
            protocol=protocol,
            endpoint=endpoint,
            region=self._region,
            opts=self._child,
        )

    def _make_alarm(self, watch: Watch, topic: aws.sns.Topic) -> None:
        name, minutes = f"{self._name}-{watch.label}", self._settings.minutes
        aws.cloudwatch.MetricAlarm(
            name,
            name=name,
            alarm_description=watch.description,
            namespace=watch.namespace,
            metric_name=watch.metric,
            dimensions=watch.dimensions,
            statistic=None if watch.statistic in PERCENTILES else watch.statistic,
            extended_statistic=watch.statistic if watch.statistic in PERCENTILES else None,
            comparison_operator="LessThanThreshold" if watch.below else "GreaterThanThreshold",
            threshold=watch.threshold,
            period=minutes * PERIOD_SECONDS if watch.summed else PERIOD_SECONDS,
            evaluation_periods=1 if watch.summed else minutes,
            # A database that pauses, and a node that is being replaced, send nothing.
            treat_missing_data="notBreaching",
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            region=self._region,
            opts=self._child,
        )


def policy(*statements: Mapping[str, object]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: object, actions: Sequence[str], resource: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": resource}
