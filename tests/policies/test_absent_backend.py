"""`absent-backend` on recorded resources; a preview of it is in `test_workload_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.rule import Verdict
from incidents.rules.absent_backend import RULE
from incidents.unknowns import UNKNOWN
from tests.policies.manifests import container, env, manifest, pods, service
from tests.policies.stacks import findings, resource, verdict


def client(**variables: Any) -> Any:
    return pods(container(env=env(**variables)))


DOMAIN = resource("aws:opensearch/domain:Domain", "search")
SEARCH = client(OPENSEARCH_ENABLED="true", OPENSEARCH_NODE="https://search:9200")


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (client(LOG_LEVEL="info"), [], Verdict.NOT_APPLICABLE),
        (client(FEATURE_CART_ENABLED="true"), [], Verdict.NOT_APPLICABLE),
        (client(ELASTIC_APM_SERVER_URL="https://apm.example.com"), [], Verdict.NOT_APPLICABLE),
        (SEARCH, [], Verdict.FAIL),
        (SEARCH, [DOMAIN], Verdict.PASS),
        (client(OPENSEARCH_ENABLED="false", OPENSEARCH_NODE="https://search:9200"), [], Verdict.NOT_APPLICABLE),
        (client(OPENSEARCH_ENABLED=UNKNOWN), [], Verdict.UNKNOWN),
        (client(RABBITMQ_URL="amqp://rabbitmq:5672"), [], Verdict.FAIL),
        (client(RABBITMQ_URL="amqp://rabbitmq:5672"), [resource("aws:mq/broker:Broker", "mq")], Verdict.PASS),
        (client(RABBITMQ_URL="amqp://rabbitmq:5672"), [service("rabbitmq")], Verdict.PASS),
        (client(AMQP_URL="amqp://events:5672"), [service("events")], Verdict.PASS),
        (client(AMQP_URL="amqp://events.shop.svc.cluster.local:5672"), [service("events")], Verdict.PASS),
        (client(AMQP_URL="amqp://events:5672"), [service("other")], Verdict.FAIL),
        (client(AMQP_URL="amqps://mq.example.com:5671"), [], Verdict.UNKNOWN),
        (client(REDIS_HOST=UNKNOWN), [], Verdict.UNKNOWN),
        (client(REDIS_HOST="cache"), [resource("aws:elasticache/replicationGroup:ReplicationGroup", "c")], Verdict.PASS),
        (client(REDIS_HOST="cache"), [pods(container(image="valkey/valkey:8.1"), kind="StatefulSet", name="c")], Verdict.PASS),
        (client(KAFKA_BROKERS="kafka:9092"), [manifest("Kafka", "k")], Verdict.FAIL),
        (client(KAFKA_BROKERS="kafka:9092"), [resource("kubernetes:kafka.strimzi.io/v1beta2:Kafka", "k", {"kind": "Kafka"})], Verdict.PASS),
        (client(RABBITMQ_HOST="rabbitmq"), [resource("kubernetes:helm.sh/v3:Release", "mq", {"chart": "rabbitmq"})], Verdict.PASS),
        (client(REDIS_HOST=""), [], Verdict.NOT_APPLICABLE),
        (pods(pod={"containers": UNKNOWN}), [], Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_backends(subject: Any, others: list[Any], expected: Verdict) -> None:
    assert verdict(RULE, subject, *others) is expected


def test_the_text_names_variable_and_backend() -> None:
    text = findings(RULE, SEARCH)["shop"].text
    assert (
        "OPENSEARCH_ENABLED in container 'app' switches on OpenSearch, which this stack does not have" in text
    )
