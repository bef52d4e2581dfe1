"""How the time of a preview grows with the number of services: one more must cost the same at 400 as at 100.

The stack file of `prod` is widened by copies of one of its services, and its nodes and database with them. Runs are
interleaved, so that a machine that slows down slows all of them; medians are compared. Names are short: Pulumi hands the
configuration to Python in one environment variable, which Linux lets be 128 KiB long.
"""

from __future__ import annotations

import copy
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.preview import ROOT, copied, report, seconds

COUNTS = (19, 100, 400)
ROUNDS = 3
LIMIT_OF_GROWTH = 1.25

PATTERN = "coupon-service"
"""The service that is copied: it has a database, a migration and one caller."""


def main() -> int:
    """Run the benchmark; 1 when the ratio is over its limit."""
    with tempfile.TemporaryDirectory() as scratch:
        stacks = {count: widened(Path(scratch, str(count)), count) for count in COUNTS}
        pack = ("--policy-pack", str(ROOT / "policies"))
        turns = [[seconds(stacks[count], *pack) for count in COUNTS] for _ in range(ROUNDS)]
    few, some, many = (statistics.median(column) for column in zip(*turns, strict=True))
    print(
        ", ".join(
            f"{count} services {time:.1f} s" for count, time in zip(COUNTS, (few, some, many), strict=True)
        )
    )
    at_100 = (some - few) / (COUNTS[1] - COUNTS[0])
    at_400 = (many - some) / (COUNTS[2] - COUNTS[1])
    print(f"one more service: {at_100 * 1000:.0f} ms at {COUNTS[1]}, {at_400 * 1000:.0f} ms at {COUNTS[2]}")
    return int(report(f"a service at {COUNTS[2]} / at {COUNTS[1]}", at_400 / at_100, LIMIT_OF_GROWTH))


def widened(folder: Path, count: int) -> Path:
    """A copy of the stack with `count` services, and room for them."""
    copied(folder)
    file = folder / "Pulumi.prod.yaml"
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    widen(content["config"], count)
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def widen(config: dict[str, Any], count: int) -> None:
    services: dict[str, Any] = config["plinth:services"]
    for number in range(count - len(services)):
        name = f"copy-{number:03}"
        own = {"image": f"registry.example.com/{name}:1a0621d", "database": name.replace("-", "_"), "pool": 2}
        services[name] = copy.deepcopy(services[PATTERN]) | own
    general = config["plinth:cluster"]["node_groups"]["general"]
    general |= {"instance_types": ["m6i.4xlarge"], "min": 20, "max": 24}
    config["plinth:database"]["instances"]["class"] = "db.r6g.16xlarge"


if __name__ == "__main__":
    sys.exit(main())
