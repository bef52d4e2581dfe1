"""Variables of workloads: what they connect to, what they hold, and what is scraped."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.manifests import (
    added,
    aws,
    beside,
    container,
    custom,
    more,
    of_secret,
    orders,
    variables,
)
from tests.incidents.benign.variation import Added, Extended, Variations
from tests.incidents.flips import APP, TEMPLATE, Flip
from tests.policies.manifests import container as image

RELEASE = "kubernetes:helm.sh/v3:Release"
ENDPOINT = "shop.cluster-c1a2b3d4e5f6.ap-northeast-2.rds.amazonaws.com"


def release(chart: str) -> Added:
    return Added(RELEASE, "backend", {"chart": chart, "version": "1.2.3", "namespace": "shop"})


def argo(**source: Any) -> Added:
    automated = {"prune": True, "selfHeal": True}
    spec = {"project": "shop", "syncPolicy": {"automated": automated}, **source}
    return custom("argoproj.io/v1alpha1", "Application", "backend", spec=spec)


def chart(name: str) -> dict[str, str]:
    return {"repoURL": "https://charts.example.com", "chart": name, "targetRevision": "1.2.3"}


def prometheus(text: str) -> Flip:
    return Flip("ConfigMap", "prometheus", ("data",), {"prometheus.yml": text})


def sidecar(name: str, port: float) -> Extended:
    """A container beside `orders` that the load balancer does not send to."""
    ports = [{"name": "http", "containerPort": port}]
    return more((*APP[:-1],), image(name=name, image=f"registry.example.com/{name}:1.4.2", ports=ports))


def switched(backend: str, value: str = "true") -> Flip:
    return container("env", f"@{backend}_ENABLED", "value", value=value)


SAYS_NO_SEARCH = container("env", "@OPENSEARCH_ENABLED", "name", value="SEARCH")

ABSENT_BACKEND: Variations = {
    "absent-backend": {
        "a search domain of the stack": [
            switched("OPENSEARCH"), variables(OPENSEARCH_URL=UNKNOWN), aws("opensearch/domain:Domain", "search"),
        ],
        "a serverless search collection": [
            switched("OPENSEARCH"), variables(OPENSEARCH_ENDPOINT=UNKNOWN), aws("opensearch/serverlessCollection:ServerlessCollection", "search"),
        ],
        "a broker of Amazon MQ": [switched("RABBITMQ", "1"), variables(USE_RABBITMQ="1", AMQP_URL=UNKNOWN), aws("mq/broker:Broker", "events")],
        "RabbitMQ by its cluster operator": [
            switched("RABBITMQ"), variables(RABBITMQ_HOST="events.shop.svc"), custom("rabbitmq.com/v1beta1", "RabbitmqCluster", "events"),
        ],
        "Elasticsearch by Elastic's operator": [
            switched("OPENSEARCH"), variables(ELASTICSEARCH_HOSTS="https://search-es-http.shop.svc:9200"),
            custom("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "search"),
        ],
        "Kafka by Strimzi": [
            variables(KAFKA_BOOTSTRAP_SERVERS="events-kafka-bootstrap.shop.svc:9093"), custom("kafka.strimzi.io/v1beta2", "Kafka", "events"),
        ],
        "the pods of Kafka one by one": [
            variables(KAFKA_BROKERS="events-0.events.shop.svc.cluster.local:9092,events-1.events.shop.svc.cluster.local:9092"),
            custom("kafka.strimzi.io/v1beta2", "Kafka", "events"),
        ],
        "a serverless cluster of MSK": [
            variables(KAFKA_ENABLED="true", KAFKA_BROKERS=UNKNOWN), aws("msk/serverlessCluster:ServerlessCluster", "events"),
        ],
        "DocumentDB for MongoDB, its URI in a Secret": [
            variables(MONGODB_URI=of_secret("orders-documents", "uri")), aws("docdb/elasticCluster:ElasticCluster", "documents"),
        ],
        "a chart from an OCI registry": [
            variables(NATS_URL="nats://backend-nats.shop.svc:4222"), release("oci://registry.example.com/charts/nats"),
        ],
        "a chart that Argo CD delivers": [switched("RABBITMQ"), variables(RABBITMQ_HOST="backend-rabbitmq"), argo(source=chart("rabbitmq"))],
        "a chart and its values from two sources of Argo CD": [
            switched("RABBITMQ"), variables(RABBITMQ_HOST="backend-rabbitmq"),
            argo(sources=[chart("rabbitmq"), {"repoURL": "https://git.example.com/values.git", "ref": "values", "targetRevision": "v1.2.3"}]),
        ],
        "a server of one's own in a StatefulSet": [
            variables(MEMCACHED_SERVERS="sessions:11211"), *beside("StatefulSet", image(image="registry.example.com/memcached:1.6.39")),
        ],
        "a Service whose name says nothing": [
            switched("OPENSEARCH"), variables(OPENSEARCH_HOST="products"), added("Service", "products", spec={"type": "ExternalName", "externalName": "search.example.com"}),
        ],
        "switched off in other words": [
            switched("OPENSEARCH", "OFF"), variables(ENABLE_KAFKA="False", USE_NATS="no", MONGO_ACTIVE="0", KAFKA_BROKERS="kafka:9092"),
        ],
        "the cache as Valkey, and by AWS's name": [SAYS_NO_SEARCH, variables(VALKEY_URL=UNKNOWN, ELASTICACHE_HOST=UNKNOWN)],
        "Elastic's APM, which is no search engine": [SAYS_NO_SEARCH, variables(ELASTIC_APM_SERVER_URL="http://apm.monitoring.svc:8200")],
    },
}  # fmt: skip

ENV_CONTRACT: Variations = {
    "env-contract": {
        "an API key from a Secret": [variables(PAYMENT_API_KEY=of_secret("orders-payment", "api-key"))],
        "the file that holds a password": [variables(REDIS_PASSWORD_FILE="/mnt/secrets/redis", DB_PASSWORD_SECRET_NAME="orders")],
        "a public key in the open": [variables(JWT_PUBLIC_KEY="MIIBIjANBgkqhkiG9w0BAQ", STRIPE_PUBLIC_API_KEY="pk_live_1")],
        "a limit of tokens, and names of headers": [variables(LLM_MAX_TOKEN="4096", AUTH_TOKEN_HEADER="X-Token", API_KEY_ENABLED="true")],
        "a reference that an agent resolves": [
            variables(SMTP_PASSWORD="vault:secret/data/smtp#password", JWT_SECRET="op://prod/orders/jwt"),
        ],
        "a URL made of other variables": [
            variables(DATABASE_URL="postgresql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST):5432/$(DB_NAME)?connection_limit=10"),
        ],
        "a dollar that stays": [variables(PROMPT="$$(date) is no variable")],
        "the address that Kubernetes gives of a Service": [variables(CHAT_URL="http://$(CHAT_SERVICE_HOST):$(CHAT_SERVICE_PORT)")],
        "the node's own agent": [
            variables(NODE_IP={"fieldRef": {"fieldPath": "status.hostIP"}}, OTEL_EXPORTER_OTLP_ENDPOINT="http://$(NODE_IP):4317"),
        ],
        "a sidecar at localhost": [variables(OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318"), sidecar("collector", 4318.0)],
        "a sidecar that a webhook injects": [
            variables(OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4317"),
            orders(*TEMPLATE[:-1], "metadata", value={"labels": {"app": "orders"}, "annotations": {"sidecar.opentelemetry.io/inject": "true"}}),
        ],
        "a pooler beside it": [variables(REPORTS_PGHOST="127.0.0.1"), sidecar("pgbouncer", 6432.0)],
        "its own port at localhost": [variables(SELF_URL="http://localhost:8080/live", BIND_HOST="127.0.0.1", METRICS_ADDR="localhost:9090")],
        "the cluster's names, short and long": [
            variables(
                SESSION_REDIS_HOST="sessions", REPORTS_DB_HOST="reports-db.shop.svc", SEARCH_DATABASE_HOST="search-db.shop.svc.cluster.local.",
            ),
        ],
        "a Service by its name and namespace": [
            variables(RATES_REDIS_HOST="rates.shop"), added("Service", "rates", spec={"ports": [{"port": 6379.0}]}),
        ],
        "the pods of a StatefulSet by name": [
            variables(KAFKA_BROKERS="events-0.events.shop.svc.cluster.local:9092"), custom("kafka.strimzi.io/v1beta2", "Kafka", "events"),
        ],
        "addresses of others": [variables(PAYMENT_URL="https://pay.example.com", DBT_CLOUD_URL="https://dbt.example.com", CACHED_IMAGES_URL="https://images.example.com")],
        "the endpoint after the first update": [
            Flip("rds/cluster:Cluster", "shop", ("endpoint",), ENDPOINT), container("env", "@DB_HOST", "value", value=ENDPOINT),
        ],
        "hosts from a ConfigMap": [
            added("ConfigMap", "orders-places", data={"REPORTS_DB_HOST": UNKNOWN, "SEARCH_TIMEOUT": "5"}),
            container("envFrom", value=[{"configMapRef": {"name": "orders-places"}, "prefix": "APP_"}]),
            variables(REPORTS_NOTE="at $(APP_REPORTS_DB_HOST)"),
        ],
        "a key that may be missing": [
            added("Secret", "orders-extra", stringData={"one": "$(NOTHING)"}), variables(SMTP_PASSWORD=of_secret("orders-extra", "two", optional=True)),
        ],
    },
}  # fmt: skip

SCRAPE_TARGETS: Variations = {
    "scrape-targets": {
        "pods that Prometheus finds itself": [prometheus("scrape_configs: [{job_name: pods, kubernetes_sd_configs: [{role: pod}]}]")],
        "names found by DNS": [prometheus("scrape_configs: [{dns_sd_configs: [{names: ['orders.shop.svc'], type: A, port: 8080}]}]")],
        "nodes that EC2 lists": [prometheus("scrape_configs: [{ec2_sd_configs: [{region: ap-northeast-2, port: 9100}]}]")],
        "Prometheus itself, beside names": [
            prometheus("scrape_configs: [{static_configs: [{targets: ['localhost:9090', '127.0.0.1:9091', 'orders.shop:8080']}]}]"),
        ],
        "addresses that relabeling composes": [
            prometheus(
                "scrape_configs: [{kubernetes_sd_configs: [{role: pod}], relabel_configs: [{target_label: __address__, replacement: '$1:9102'}]}]"
            ),
        ],
        "probes through the blackbox exporter": [
            prometheus(
                "scrape_configs: [{static_configs: [{targets: ['https://shop.example.com/ready']}], "
                "relabel_configs: [{target_label: __address__, replacement: 'blackbox.monitoring.svc:9115'}]}]"
            ),
        ],
        "a ServiceMonitor": [
            custom("monitoring.coreos.com/v1", "ServiceMonitor", "orders", spec={"endpoints": [{"port": "http"}], "selector": {}}),
        ],
        "a Probe of public pages": [
            custom("monitoring.coreos.com/v1", "Probe", "pages", spec={"targets": {"staticConfig": {"static": ["https://shop.example.com"]}}}),
        ],
        "a ScrapeConfig with names": [
            custom("monitoring.coreos.com/v1alpha1", "ScrapeConfig", "orders", spec={"staticConfigs": [{"targets": ["orders.shop.svc:8080"]}]}),
        ],
        "a dashboard, whose targets are queries": [
            added("ConfigMap", "dashboard", data={"orders.json": '{\n\t"panels": [{"targets": [{"expr": "up{instance=\\"10.0.0.1:80\\"}"}]}]\n}'}),
        ],
        "a chart's further scrape configurations as text": [
            Added(RELEASE, "prometheus", {"chart": "prometheus", "values": {"extraScrapeConfigs": "- job_name: chat\n  static_configs: [{targets: [chat.shop:8080]}]"}}),
        ],
        "addresses of AWS that stay": [
            variables(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://169.254.169.254", NTP_SERVER="169.254.169.123", DNS_SERVER="169.254.169.253"),
        ],
        "the cluster's resolver": [variables(NGINX_DNS_SERVERS="172.20.0.10")],
        "networks that are trusted": [variables(TRUSTED_PROXIES="10.30.0.0/16,172.16.0.0/12", REAL_IP_ADDRESSES="10.0.0.0/8")],
        "a version of four numbers": [variables(APP_VERSION="1.2.3.4", CLIENTS_FROM="10.1.0.0")],
        "where it listens": [variables(BIND_ADDRESS="0.0.0.0:8080", STATSD_URL="udp://127.0.0.1:8125"), sidecar("statsd", 8125.0)],
    },
}  # fmt: skip

VARIATIONS: Variations = {**ABSENT_BACKEND, **ENV_CONTRACT, **SCRAPE_TARGETS}
