"""The stack's table of contents: settings, then what they say, from the network upwards."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.alarms import Alarms, Watch
from components.backends import Backends
from components.cache import Cache
from components.cache_alarms import cache_watches
from components.cluster import Cluster
from components.content_delivery import ContentDelivery
from components.dashboard import Dashboard
from components.database import Database
from components.database_alarms import database_watches
from components.dns import GLOBAL_REGION, Zone
from components.edge import Edge
from components.edge_alarms import content_watches, edge_watches
from components.firewall import Firewall
from components.karpenter import Karpenter
from components.load_balancer_controller import LoadBalancerController
from components.managed_prometheus import ManagedPrometheus
from components.messaging import Messaging
from components.network import Network
from components.registry import Registry
from components.search import Search
from components.service_alarms import service_watches
from components.service_databases import ServiceDatabases
from components.services import Services
from components.stack_file import read_stack_file
from components.stack_run import begin_all_registrations, begin_swiftly
from components.target_group_bindings import TargetGroupBindings
from settings.messaging import wanted
from settings.service_databases import database_specs, dropped_specs, password_versions

begin_swiftly()
settings = read_stack_file()
name = f"{pulumi.get_project()}-{pulumi.get_stack()}"

provider = aws.Provider("aws", region=settings.region, default_tags={"tags": settings.tags})
placed = pulumi.ResourceOptions(provider=provider)

network = Network(name, settings.network, region=settings.region, opts=placed)
cluster = Cluster(name, settings.cluster, network=network, tags=settings.tags, opts=placed)

in_cluster = kubernetes.Provider("kubernetes", kubeconfig=cluster.kubeconfig)

in_both = pulumi.ResourceOptions(providers=[provider, in_cluster])

if settings.cluster.karpenter:
    Karpenter(
        name,
        settings.cluster,
        settings.cluster.karpenter,
        cluster=cluster,
        network=network,
        region=settings.region,
        tags=settings.tags,
        opts=in_both,
    )

if settings.cluster.managed_prometheus:
    prometheus = ManagedPrometheus(
        name,
        settings.cluster,
        settings.cluster.managed_prometheus,
        services=settings.services,
        cluster=cluster,
        network=network,
        opts=placed,
    )
    pulumi.export("prometheus_endpoint", prometheus.endpoint)

watches: list[Watch] = []
global_watches: list[Watch] = []
database = service_databases = cache = content = search = services = edge = None

if settings.database:
    database = Database(
        name,
        settings.database,
        network=network,
        zones=settings.network.zones,
        workload_security_group_id=cluster.workload_security_group_id,
        production=settings.stage == "prod",
        opts=placed,
    )
    watches += database_watches(database, settings.database, settings.alarms)
    pulumi.export("database", database.outputs)

    service_databases = ServiceDatabases(
        name,
        database_specs(settings.database, settings.services),
        dropped=dropped_specs(settings.database),
        password_versions=password_versions(settings.services),
        database=database,
        cluster=cluster,
        region=settings.region,
        opts=in_both,
    )
    pulumi.export("service_database_secrets", service_databases.secret_arns)

if settings.cache:
    cache = Cache(
        name,
        settings.cache,
        network=network,
        workload_security_group_id=cluster.workload_security_group_id,
        opts=placed,
    )
    watches += cache_watches(cache, settings.cache, settings.alarms)
    pulumi.export("cache", cache.outputs)

if settings.search:
    search = Search(
        name,
        settings.search,
        network=network,
        workload_security_group_id=cluster.workload_security_group_id,
        region=settings.region,
        opts=placed,
    )

if settings.registry:
    registry = Registry(name, settings.registry, settings.services, opts=placed)
    pulumi.export("repositories", registry.repository_urls)

zone = Zone(name, settings.dns, opts=placed) if settings.dns else None

if zone and settings.content:
    firewall = Firewall(f"{name}-content", settings.firewall, scope="CLOUDFRONT", opts=placed)
    content = ContentDelivery(
        f"{name}-content",
        settings.content,
        zone=zone,
        page_hosts=settings.ingress.host_names if settings.ingress else [],
        web_acl_arn=firewall.web_acl_arn,
        opts=placed,
    )
    global_watches += content_watches(content, firewall, settings.alarms)
    pulumi.export("cdn_base_url", content.cdn_base_url)
    pulumi.export("content_bucket", content.bucket_name)

if settings.deploys_services:
    messaging = Messaging(
        name,
        queues=wanted(settings.services, "queue"),
        topics=wanted(settings.services, "topic"),
        subscriptions=settings.subscriptions,
        opts=placed,
    )
    watches += messaging.watches
    services = Services(
        name,
        settings,
        cluster=cluster,
        backends=Backends(database, service_databases, cache, content, search, messaging),
        opts=in_both,
    )
    if settings.cluster.container_insights:
        watches += service_watches(services, cluster, settings.alarms)
    pulumi.export("service_secrets", services.secret_arns)

if zone and settings.ingress:
    firewall = Firewall(
        f"{name}-edge",
        settings.firewall,
        scope="REGIONAL",
        auth_paths=settings.auth_paths,
        upload_paths=settings.upload_paths,
        upload_limit=settings.content.upload_limit if settings.content else None,
        opts=placed,
    )
    edge = Edge(
        name,
        settings.ingress,
        services=settings.services,
        network=network,
        cluster=cluster,
        zone=zone,
        web_acl_arn=firewall.web_acl_arn,
        production=settings.stage == "prod",
        opts=placed,
    )
    controller = LoadBalancerController(
        name, cluster=cluster, network=network, region=settings.region, opts=in_both
    )
    if services:
        TargetGroupBindings(
            name,
            edge.target_group_arns,
            endpoints=services.endpoints,
            network=network,
            after=[controller, services],
            opts=in_both,
        )
    watches += edge_watches(edge, firewall, settings.region, settings.alarms)
    pulumi.export("hosts", settings.ingress.host_names)

Dashboard(
    name,
    region=settings.region,
    edge=edge,
    content=content,
    database=database,
    cache=cache,
    node_groups=cluster.auto_scaling_groups,
    opts=placed,
)
if settings.alarms.has_subscribers:
    Alarms(name, settings.alarms, watches=watches, opts=placed)
    if global_watches:
        Alarms(f"{name}-global", settings.alarms, watches=global_watches, region=GLOBAL_REGION, opts=placed)

pulumi.export("vpc_id", network.vpc_id)
pulumi.export("cluster_name", cluster.cluster_name)
pulumi.export("cluster_endpoint", cluster.endpoint)
pulumi.export("workload_security_group_id", cluster.workload_security_group_id)
pulumi.export("kubeconfig", cluster.kubeconfig)

pulumi.run(begin_all_registrations)
