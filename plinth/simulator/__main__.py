"""The simulator as a process of its own: `python -m plinth.simulator --packages aws,eks --cloud DIR --client PID`.

Prints one line, the value for `PULUMI_DEBUG_PROVIDERS`, as soon as every provider listens, and ends when the
process `PID` (the Pulumi engine that it serves, which is its parent) has ended.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from plinth.simulator import serve

POLL_SECONDS = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m plinth.simulator", description=__doc__)
    parser.add_argument("--packages", required=True, type=lambda text: text.split(","))
    parser.add_argument("--cloud", required=True, type=Path)
    parser.add_argument("--client", required=True, type=int)
    parser.add_argument("--unprotected", action="store_true", help="ignore deletion protection")
    arguments = parser.parse_args()
    with serve(arguments.packages, arguments.cloud, protected=not arguments.unprotected) as simulation:
        print(simulation.debug_providers, flush=True)  # noqa: T201 - the parent reads this line
        while os.getppid() == arguments.client:
            time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
