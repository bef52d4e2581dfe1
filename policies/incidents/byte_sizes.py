"""Sizes of requests and files, as programs and proxies write them."""

from __future__ import annotations

import re
from typing import Any

from incidents.unknowns import Undecided

SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)(i?)(b?)\s*", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


def byte_size(text: Any, unit: str = "") -> int:
    """Bytes of `10485760`, `10m`, `10MB`, `10Mi`; `unit` is that of a bare number. Raises `Undecided` for anything else.

    Decimal and binary prefixes both count 1024: nginx and most libraries for uploads read them so.
    """
    match = SIZE.fullmatch(str(text))
    if not match:
        raise Undecided(f"'{text}' is no size that this pack knows")
    return int(float(match[1]) * 1024 ** POWERS[(match[2] or unit).lower()])
