"""EventBridge: rules of the default event bus.

Sources: EventBridge API reference, `PutRule` (the ARN). Replacements: Terraform AWS provider, `aws_cloudwatch_event_rule` and
`aws_cloudwatch_event_target`, remembered and not read again.
"""

from __future__ import annotations

from collections.abc import Mapping

from plinth.simulator.aws.naming import arn, of_input
from plinth.simulator.creation import Kind

KINDS: Mapping[str, Kind] = {
    "aws:cloudwatch/eventRule:EventRule": Kind(
        of_input("name"), lambda creation, id_: {"arn": arn(creation, f"rule/{id_}", "events")}, unique=True
    )
}
