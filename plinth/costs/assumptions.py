"""How much use the amounts suppose of what is billed by use. A preview knows none of it: read your own off your metrics.

The quantities are round figures for a small production stack, chosen to be easy to scale by: they are no forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Use:
    """A month's `quantity` of `unit`, in the unit that the price table has for it."""

    item: str
    quantity: Decimal
    unit: str


def use(item: str, quantity: int, unit: str) -> Use:
    return Use(item, Decimal(quantity), unit)


USE: Mapping[str, Use] = {
    "aurora:io": use("I/O requests", 100, "million"),
    "aurora:storage": use("storage", 100, "GB"),
    "aurora:storage-io-optimized": use("storage, I/O-Optimized", 100, "GB"),
    "cloudfront:data": use("data out, dearest of the big markets", 1000, "GB"),
    "cloudfront:requests": use("HTTPS requests", 10, "million"),
    "ecr:storage": use("images", 5, "GB-months"),
    "elb:lcu": use("LCU hours", 730, "LCU-hours"),
    "logs:ingest": use("logs taken in", 10, "GB"),
    "logs:storage": use("logs kept", 10, "GB"),
    "prometheus:collected": use("samples read", 100, "million"),
    "prometheus:ingested": use("samples taken in", 100, "million"),
    "prometheus:queried": use("samples processed by queries", 10, "billion"),
    "prometheus:storage": use("samples kept", 1, "GB"),
    "rds:proxy": use("vCPU hours behind the proxy", 4 * 730, "vCPU-hours"),
    "s3:reads": use("reads", 1, "million"),
    "s3:storage": use("storage", 100, "GB"),
    "s3:writes": use("writes", 1, "million"),
    "sns:requests": use("messages", 1, "million"),
    "sqs:requests": use("requests", 1, "million"),
    "vpc:interface-endpoint-data": use("data through it", 10, "GB"),
    "vpc:nat-gateway-data": use("data through it", 100, "GB"),
    "waf:requests": use("requests", 10, "million"),
}
