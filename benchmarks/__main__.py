"""`make bench`: print each benchmark's ratios beside their limits; exit code 1 when one is over it.

Names as arguments choose among the benchmarks; without one all run, which takes three quarters of an hour.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

NOT_BENCHMARKS = {"__init__", "__main__"}
BENCHMARKS = sorted({file.stem for file in Path(__file__).parent.glob("*.py")} - NOT_BENCHMARKS)


def main(names: list[str]) -> int:
    if unknown := set(names) - {*BENCHMARKS}:
        print(
            f"no benchmark {', '.join(sorted(unknown))}. Known here: {', '.join(BENCHMARKS)}.",
            file=sys.stderr,
        )
        return 1
    over = [import_module(f"benchmarks.{name}").main() for name in names or BENCHMARKS]
    return int(any(over))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
