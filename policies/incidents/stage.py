"""Whether the stack is production: what only production has to lose is advice elsewhere."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

NOT_PRODUCTION = {
    "alpha", "beta", "ci", "demo", "dev", "develop", "development", "e2e", "int", "integration", "local", "nonprod", "preview",
    "preprod", "qa", "review", "sandbox", "stage", "staging", "test", "testing", "tmp", "uat",
}  # fmt: skip


def is_production(environment: Mapping[str, str] = os.environ) -> bool:
    """What the stack's configuration says as `<project>:stage`, else what its name says: production unless a word denies it.

    `environment` is what Pulumi tells a policy pack of the stack (`PULUMI_STACK`, `PULUMI_PROJECT`, `PULUMI_CONFIG`).
    """
    config = json.loads(environment.get("PULUMI_CONFIG") or "{}")
    said = config.get(f"{environment.get('PULUMI_PROJECT')}:stage") or environment.get("PULUMI_STACK", "")
    words = set(re.split(r"[^a-z0-9]+", said.lower()))
    return not words & NOT_PRODUCTION
