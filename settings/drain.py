"""How a pod ends without dropping a request: three numbers that follow from a service's one drain time.

When a pod is deleted, two things begin at once: the load balancer is told to send it nothing more, and the pod runs its
`preStop` hook, before SIGTERM. Until the load balancer has heard, requests still come; those under way may take the drain
time from then on. So the pod sleeps through both, and is killed only some time after SIGTERM (incident
`deregistration-delay`; Kubernetes, "Pod Lifecycle", termination of pods; EKS best practices guide, "Load Balancing").
"""

from __future__ import annotations

from typing import NamedTuple

NOTICE_SECONDS = 10
"""Until every node of the load balancer knows that a target is leaving. AWS promises no number; the controller calls the
API within a second or two."""

STOP_SECONDS = 15
"""From SIGTERM to SIGKILL, for a process that has no requests left."""


class Drain(NamedTuple):
    """All in seconds."""

    deregistration_delay: int
    """Of the target group."""

    pre_stop_sleep: int
    """Of the container's `preStop` hook."""

    grace_period: int
    """The pod's `terminationGracePeriodSeconds`, which the sleep is a part of."""


def drain(seconds: int) -> Drain:
    """The numbers of a service whose requests take `seconds` at most."""
    sleep = NOTICE_SECONDS + seconds
    return Drain(deregistration_delay=seconds, pre_stop_sleep=sleep, grace_period=sleep + STOP_SECONDS)
