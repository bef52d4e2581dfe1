"""Repositories of the services' images in ECR (incident `image-tag`).

Owns the repositories and their key. A tag is written once, each image is scanned when it is pushed, and old ones go. ECR
refuses to delete a repository that holds images: empty it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pulumi
import pulumi_aws as aws

from components.keys import encryption_key
from settings.registry import RegistrySettings

UNTAGGED_DAYS = 7


class Registry(pulumi.ComponentResource):
    """A repository for each service."""

    repository_urls: Mapping[str, pulumi.Output[str]]
    """Where to push, by service."""

    def __init__(
        self, name: str, settings: RegistrySettings, services: Iterable[str], *, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("plinth:index:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = encryption_key(f"{name}-images", f"Encrypts the images of {name}", opts=child)
        self.repository_urls = {}
        for service in services:
            repository = aws.ecr.Repository(
                f"{name}-{service}",
                name=f"{settings.prefix}/{service}",
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": key.arn}],
                opts=child,
            )
            aws.ecr.LifecyclePolicy(
                f"{name}-{service}",
                repository=repository.name,
                policy=lifecycle(settings.keep_images),
                opts=child,
            )
            self.repository_urls[service] = repository.repository_url
        self.register_outputs({"repository_urls": self.repository_urls})


def lifecycle(keep: int) -> str:
    """ECR user guide, "Automate the cleanup of images by using lifecycle policies"."""
    expire = {"type": "expire"}
    untagged = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": UNTAGGED_DAYS,
        },
        "action": expire,
    }  # fmt: skip
    old = {
        "rulePriority": 2,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
        "action": expire,
    }
    return json.dumps({"rules": [untagged, old]})
