"""A shop as a team writes it that has read AWS's documentation and nothing of Plinth: no component, only resources.

It is the clean baseline of the policy pack: not one finding. Each folder of `examples/incidents` changes one fact of it.
"""

import content
import operations
import pulumi
import services

pulumi.export("cdn", content.ADDRESS)
pulumi.export("shop", f"https://{services.HOST}")
pulumi.export("alarms", operations.topic.arn)
