"""What the web application firewall lets through, and the patterns by which it knows paths and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from settings.network import RetentionDays
from settings.problems import Finding, problems
from settings.types import Settings
from settings.web import ByteSize

LONGEST_PATTERN = 512
"""Characters (WAF API reference, `RegexMatchStatement`: RegexString)."""

RateLimit = Annotated[int, Field(ge=10, le=2_000_000_000)]
"""AWS WAF developer guide, "Rate-based rule high-level settings"; the upper end is the API's, `RateBasedStatement`."""


class FirewallSettings(Settings):
    """AWS WAF before the load balancer and before the CDN."""

    mode: Literal["block", "count"] = "block"
    """`count` blocks nothing and logs what `block` would: to begin with, before traffic that is not known yet, and with a
    waiver of `rate-limit` until then."""

    rate_limit: RateLimit = 2000
    """Requests to the services in five minutes from one address."""

    auth_rate_limit: RateLimit = 100
    """The same on the paths where services let users log in or register (incident `rate-limit`)."""

    content_rate_limit: RateLimit = 20_000
    """Requests to the CDN in five minutes from one address: a page loads many files."""

    body_limit: ByteSize = 2**20
    """The largest request outside of upload paths, like '1Mi'."""

    log_retention_days: RetentionDays = 90
    """Days for which requests are kept that a rule matched."""

    @model_validator(mode="after")
    def _stricter(self) -> Self:
        if self.auth_rate_limit >= self.rate_limit:
            text = (
                f"{self.auth_rate_limit} is no less than rate_limit {self.rate_limit}, so a password could be guessed as "
                "fast as a page is read (incident rate-limit). Lower it."
            )
            raise problems([Finding("auth_rate_limit", text)])
        return self


def paths_pattern(paths: Iterable[str]) -> str:
    """The regular expression of all lower-case URI paths that are one of `paths`, or lie below one."""
    known = "|".join(re.escape(path.lower()) for path in sorted(set(paths)))
    return f"^(?:{known})(?:/|$)"


def larger_pattern(limit: int) -> str:
    """The regular expression of all decimal numbers above `limit`, a positive one."""
    digits = str(limit)
    same_length = [
        f"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "9"
    ]
    return f"^0*(?:{'|'.join([*same_length, f'[1-9][0-9]{{{len(digits)},}}'])})$"


def path_problems(declared: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Paths, by the key that says them, that are too many for one rule."""
    pattern = paths_pattern(path for paths in declared.values() for path in paths)
    if len(pattern) > LONGEST_PATTERN:
        longest = max(declared, key=lambda key: len("".join(declared[key])))
        yield Finding(
            longest,
            f"with these, {sum(map(len, declared.values()))} paths make a pattern of {len(pattern)} characters, and AWS WAF "
            f"takes {LONGEST_PATTERN}. Name a common beginning, like '/auth', in place of each path.",
        )
