"""Read the tables anew from AWS's public price list files: `python -m aws_facts.prices.refresh [REGION...]`.

A price that its file has no more becomes unknown; one for which there is no rule (`price_list.RULES`) keeps its figure and its
source. Nothing is written unless all files of a region could be read. No account is needed; EC2's file is large.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from aws_facts.prices import FOLDER, REGIONS
from aws_facts.prices.price_list import RULES, PriceList, read

FILES = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"
"""Where AWS publishes them (AWS Billing user guide, "Getting price list files manually")."""

Table = dict[str, Any]


def main(arguments: Sequence[str] | None = None, *, files: str = FILES) -> None:
    """Refresh the tables of the regions that are named, or all. Leaves with an error's text where it cannot."""
    parser = argparse.ArgumentParser(
        description="Read the price tables anew from AWS's public price list files."
    )
    parser.add_argument(
        "regions", nargs="*", metavar="REGION", help=f"one of {', '.join(REGIONS)}; all if none is named"
    )
    regions: list[str] = parser.parse_args(arguments).regions or list(REGIONS)
    if unknown := sorted(set(regions) - set(REGIONS)):
        parser.error(f"{', '.join(unknown)}: has no table yet. Copy another region's file and name it so.")
    wanted = {key for region in REGIONS for key in load(region)["prices"]}
    for region in regions:
        lists = {
            service: fetch(f"{files}/{service}/current/{region}/index.csv", service) for service in RULES
        }
        table, notes = refreshed(load(region), lists, wanted)
        (FOLDER / f"{region}.json").write_text(as_text(table), encoding="utf-8")
        sys.stdout.write("".join(f"{region}: {note}\n" for note in notes))


def load(region: str) -> Table:
    return json.loads((FOLDER / f"{region}.json").read_text(encoding="utf-8"))


def fetch(url: str, service: str) -> PriceList:
    sys.stderr.write(f"reading {url}\n")
    try:
        with urlopen(url, timeout=60) as answer:  # noqa: S310 - AWS's address, or a test's folder
            return read(io.TextIOWrapper(answer, encoding="utf-8", newline=""), RULES[service])
    except (URLError, TimeoutError, OSError) as problem:
        raise SystemExit(
            f"error: {url} cannot be read ({problem}), so the table of this region was not changed. "
            "Run this where AWS's price list files can be reached."
        ) from None
    except (ValueError, KeyError) as problem:
        raise SystemExit(
            f"error: {url} is not in the format of a price list file ({problem}), so the table of this region was not "
            "changed. If AWS changed the format, aws_facts/prices/price_list.py must follow."
        ) from None


def refreshed(old: Table, lists: Mapping[str, PriceList], wanted: set[str]) -> tuple[Table, list[str]]:
    """The new table of a region, and what a person should know of it."""
    new = {
        key: {"usd": f"{usd.normalize():f}", "per": unit, "source": service}
        for service, found in lists.items()
        for key, (usd, unit) in found.prices.items()
        if key in wanted
    }
    ruled = {key for key in old["prices"] if is_ruled(key)}
    unclear = {key for found in lists.values() for key in found.ambiguous & wanted}
    kept = {key: entry for key, entry in old["prices"].items() if key not in ruled or key in unclear}
    prices = dict(sorted((kept | new).items()))
    sources = old["sources"] | {
        service: {"title": f"AWS price list file of {service}", "date": found.published, "verified": True}
        for service, found in lists.items()
    }
    used = {entry["source"] for entry in prices.values()}
    notes = [f"{len(new)} prices read, {len(kept)} kept as they were"]
    notes += [f"{key} has several prices in its file, and was kept" for key in sorted(unclear)]
    notes += [f"{key} is in no file any more: unknown" for key in sorted(ruled - new.keys() - unclear)]
    sources = {name: source for name, source in sorted(sources.items()) if name in used}
    return {"region": old["region"], "sources": sources, "prices": prices}, notes


def is_ruled(key: str) -> bool:
    """Whether a rule could have found `key`."""
    patterns = [rule.key for rules in RULES.values() for rule in rules]
    return key in patterns or any(
        pattern.endswith("{}") and key.startswith(pattern.removesuffix("{}")) for pattern in patterns
    )


def as_text(table: Table) -> str:
    """JSON with one line a source and a price, so that a refresh reads as a diff."""
    sections = ",\n".join(
        f"  {json.dumps(section)}: {{\n"
        + ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in table[section].items())
        + "\n  }"
        for section in ("sources", "prices")
    )
    return f'{{\n  "region": {json.dumps(table["region"])},\n{sections}\n}}\n'


if __name__ == "__main__":
    main()
