"""What may be said of one service, and how a mistake is answered."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from settings.problems import describe
from settings.service import Service

REPOSITORY = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/shop/order-service"
HEALTH = {"live": "/livez", "ready": "/readyz"}
SERVICE = {
    "replicas": 2, "requests": {"cpu": "100m", "memory": "256Mi"}, "port": 3000, "image": f"{REPOSITORY}:3f9c2d1",
    "health": HEALTH,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"image": None, "health": None},
        {"image": f"{REPOSITORY}:main-3f9c2d17"},
        {"image": f"{REPOSITORY}:v1.4.0"},
        {"image": f"{REPOSITORY}@sha256:{'a' * 64}"},
        {"image": f"registry.example.com:5000/shop/order-service:1.4.0-rc.1@sha256:{'0' * 64}"},
        {"port": None, "health": None},
        {"database": True, "migrate": "none"},
        {"database": True, "migrate": ["npm", "run", "migrate"]},
        {"health": {**HEALTH, "port": 9000, "startup_seconds": 300}},
        {"metrics": {}},
        {"port": None, "health": None, "metrics": {"path": "/internal/metrics", "port": 9100}},
    ],
)
def test_what_is_good(change: dict[str, Any]) -> None:
    Service.model_validate(SERVICE | change)


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"image": REPOSITORY}, "image", "has no tag, which means `latest`"),
        ({"image": f"{REPOSITORY}:latest"}, "image", "has the tag 'latest', which moves"),
        ({"image": f"{REPOSITORY}:main"}, "image", "incident image-tag"),
        ({"image": "Order Service"}, "image", "is no image"),
        ({"health": None}, "health", "incident probe-path"),
        ({"health": {"live": "/health", "ready": "/health"}}, "health", "incident probe-path"),
        ({"port": None}, "health.port", "the service has no port"),
        ({"port": None, "health": None, "metrics": {}}, "metrics.port", "nobody could read them"),
        ({"database": True}, "migrate", "incident schema-migration"),
        ({"database": True, "migrate": []}, "migrate", "is empty"),
        ({"database": True, "migrate": "later"}, "migrate", "Write 'none'"),
        ({"drain_seconds": 300}, "drain_seconds", "at most 60"),
    ],
)
def test_what_is_refused(change: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Service.model_validate(SERVICE | change)
    (text,) = describe(refused.value, Service)
    assert text.startswith(f"plinth:{key}: ")
    assert said in text
