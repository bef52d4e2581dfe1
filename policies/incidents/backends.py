"""Queues, search engines, caches and the like: how workloads name them, and what in a stack is one.

One entry a backend; add spellings here (incident catalogue, "Conventions for programs that are not ours").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from incidents.graph import Graph, Resource
from incidents.images import Image
from incidents.pods import RELEASE, TEMPLATE
from incidents.pools import kind_of
from incidents.unknowns import as_dict, as_list

PLACE = r"(HOST|HOSTNAME|SERVERS?|ENDPOINTS?|URLS?|URI|ADDR|ADDRESS|ADDRESSES|BROKERS?|BOOTSTRAP_SERVERS|NODES?|HOSTS)"


@dataclass(frozen=True)
class Backend:
    """One kind of backend. `variable` is the word in variables; `types` are prefixes of what makes one in AWS.

    `programs` is found in images, kinds of custom resources and names of charts.
    """

    name: str
    variable: str
    types: tuple[str, ...]
    programs: str

    def switches(self, variable: str) -> bool:
        """Whether a variable switches the backend on or off."""
        return (
            re.fullmatch(
                rf"((ENABLE|USE)_({self.variable})|(.*_)?({self.variable})_(ENABLED?|ACTIVE))", variable
            )
            is not None
        )

    def places(self, variable: str) -> bool:
        """Whether a variable says where the backend is."""
        return re.fullmatch(rf"(.*_)?({self.variable})(_(.*_)?)?{PLACE}", variable) is not None


BACKENDS = (
    Backend(
        "OpenSearch", "OPENSEARCH|ELASTICSEARCH|ELASTIC(?!_APM)",
        ("aws:opensearch/domain:", "aws:elasticsearch/domain:", "aws:opensearch/serverlessCollection:"),
        "opensearch|elasticsearch",
    ),
    Backend("RabbitMQ", "RABBITMQ|RABBIT|AMQP", ("aws:mq/broker:",), "rabbitmq|activemq|amazonmq"),
    Backend("Kafka", "KAFKA", ("aws:msk/cluster:", "aws:msk/serverlessCluster:"), "kafka|redpanda"),
    Backend(
        "Redis", "REDIS|VALKEY",
        ("aws:elasticache/", "aws:memorydb/cluster:"),
        "redis|valkey|dragonfly|keydb",
    ),
    Backend("Memcached", "MEMCACHED?", ("aws:elasticache/cluster:", "aws:elasticache/serverlessCache:"), "memcached"),
    Backend("MongoDB", "MONGO|MONGODB", ("aws:docdb/cluster:", "aws:docdb/elasticCluster:"), "mongo"),
    Backend("NATS", "NATS", (), "nats"),
    Backend("SQS", "SQS|SQS_QUEUE", ("aws:sqs/queue:",), "elasticmq|localstack"),
)  # fmt: skip


@lru_cache(maxsize=1)
def programs(graph: Graph) -> frozenset[str]:
    """What runs in the stack, by the names of images, custom resources, Services, charts and Argo CD Applications."""
    manifests = (resource for resource in graph.resources if resource.type.startswith("kubernetes:"))
    return frozenset(name.lower() for resource in manifests for name in names_of(resource))


def names_of(resource: Resource) -> Iterator[str]:
    kind = kind_of(resource)
    if kind in TEMPLATE:
        spec = as_dict(resource.peek(*TEMPLATE[kind]))
        images = [as_dict(item).get("image") for item in as_list(spec.get("containers"))]
        yield from (Image.parse(image).name for image in images if isinstance(image, str))
    elif resource.type == RELEASE:
        yield str(resource.peek("chart"))
    elif kind == "Application":
        spec = as_dict(resource.peek("spec"))
        yield from (
            str(as_dict(one).get("chart")) for one in (spec.get("source"), *as_list(spec.get("sources")))
        )
    elif kind == "Service":
        yield str(resource.peek("metadata", "name"))
    elif "." in resource.type.partition("/")[0]:
        yield kind


@lru_cache(maxsize=16)
def is_there(graph: Graph, backend: Backend) -> bool:
    """Whether the stack has such a backend."""
    return any(
        resource.type.startswith(backend.types) for resource in graph.resources if backend.types
    ) or any(re.search(backend.programs, name) for name in programs(graph))
