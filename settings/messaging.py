"""Queues and topics: they follow from what services need; who hears what is said here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settings.needs import named
from settings.problems import Finding, nearest
from settings.service import Service


def wanted(services: Mapping[str, Service], kind: str) -> list[str]:
    """The names of all queues or topics that services need, each once."""
    return sorted({name for service in services.values() for name in named(service.needs, kind)})


def subscription_problems(
    subscriptions: Mapping[str, tuple[str, ...]], services: Mapping[str, Service]
) -> Iterator[Finding]:
    """Subscriptions of what no service needs."""
    topics, queues = wanted(services, "topic"), wanted(services, "queue")
    for topic, said in subscriptions.items():
        if topic not in topics:
            yield Finding(
                f"subscriptions.{topic}",
                f"no service has topic:{topic} among its needs, so nothing would be published. {nearest(topic, topics)}",
            )
        for queue in said:
            if queue not in queues:
                yield Finding(
                    f"subscriptions.{topic}",
                    f"no service has queue:{queue} among its needs, so nobody would receive. {nearest(queue, queues)}",
                )
