"""Kubernetes quantities: `250m` of CPU, `512Mi` of memory.

Source: Kubernetes documentation, "Quantity"; the expression is apimachinery's (`resource.Quantity`), word for word.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

QUANTITY = re.compile(r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$")

FACTORS = {
    "": Decimal(1), "m": Decimal("0.001"), "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9),
    "T": Decimal(10**12), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
}  # fmt: skip


def parse_quantity(text: str) -> Decimal | None:
    """A Kubernetes quantity as a number of cores or bytes; None when it is none."""
    match = QUANTITY.fullmatch(text)
    if not match or match[2] not in FACTORS or match[1].count(".") > 1 or match[1] in {".", "+", "-"}:
        return None
    return Decimal(match[1]) * FACTORS[match[2]]


def millicores(cpu: str) -> int:
    """CPU of a valid quantity, in thousandths of a core, rounded up."""
    return math.ceil((parse_quantity(cpu) or Decimal(0)) * 1000)


def mebibytes(memory: str) -> int:
    """Memory of a valid quantity, in MiB, rounded up."""
    return math.ceil((parse_quantity(memory) or Decimal(0)) / 2**20)
