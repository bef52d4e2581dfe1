"""Container images of the stack's own jobs, by digest, so that what was tested is what runs.

The digests are those of the multi-architecture indexes (amd64 and arm64) that public configurations pin with these tags; no
registry was asked. Raise one by `docker buildx imagetools inspect IMAGE:TAG`.
"""

from __future__ import annotations

POSTGRES = "public.ecr.aws/docker/library/postgres:17-alpine@sha256:742f40ea20b9ff2ff31db5458d127452988a2164df9e17441e191f3b72252193"
"""psql and a POSIX shell."""

AWS_CLI = (
    "public.ecr.aws/aws-cli/aws-cli@sha256:bad3346a39098ab077be6ed58c7e1fe68321a4a844c7c740318100013e6c3581"
)
"""The AWS CLI, version 2."""
