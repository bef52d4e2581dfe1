"""AWS's on-demand list prices, in USD and without tax, of what stacks are mostly made of: one JSON file a region.

Each price has its unit (`per`) and the source it was taken from; a source is dated, and says whether its figures come from
AWS's own price list. What is missing is unknown, never free. `python -m aws_facts.prices.refresh` reads all of them anew
from AWS's public price list files.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

REGIONS = tuple(sorted(file.stem for file in FOLDER.glob("*.json")))
"""The regions that have a table."""
