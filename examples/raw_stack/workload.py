"""What each service has in Kubernetes: pods that may little, a Service, a disruption budget, a place behind the load balancer."""

import cluster
import pulumi_kubernetes as kubernetes

RESTRICTED = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "run_as_non_root": True,
    "capabilities": {"drop": ["ALL"]},
    "seccomp_profile": {"type": "RuntimeDefault"},
}
RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}


def variables(name, env):
    password = {"secret_key_ref": {"name": f"{name}-database", "key": "password"}}
    plain = [{"name": key, "value": value} for key, value in env.items()]
    return [*plain, {"name": "DB_PASSWORD", "value_from": password}]


def container(name, image, env, **said):
    return {
        "name": name,
        "image": image,
        "env": variables(name, env),
        "resources": RESOURCES,
        "security_context": RESTRICTED,
        "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],  # noqa: S108 - a mount of its own
        **said,
    }


def pod(name, *containers, **said):
    spec = {"containers": list(containers), "volumes": [{"name": "tmp", "empty_dir": {}}], **said}
    return {"metadata": {"labels": {"app": name}}, "spec": spec}


def migration(name, image, command, env):
    one = container(name, image, env, command=command)
    labels = f"{name}-migration"  # others than the service's, which would send requests here
    return {
        "backoff_limit": 3,
        "template": pod(labels, one, restart_policy="Never", service_account_name=name),
    }


def probe(path):
    return {"http_get": {"path": path, "port": 8080}, "period_seconds": 10}


def workload(name, image, env, target):
    labels = {"app": name}
    metadata = {"name": name, "namespace": "shop", "labels": labels}
    running = container(
        name,
        image,
        env,
        ports=[{"container_port": 8080}],
        startup_probe=probe("/live"),
        liveness_probe=probe("/live"),
        readiness_probe=probe("/ready"),
        lifecycle={"pre_stop": {"sleep": {"seconds": 10}}},
    )
    spread = {
        "max_skew": 1,
        "topology_key": "topology.kubernetes.io/zone",
        "when_unsatisfiable": "ScheduleAnyway",
        "label_selector": {"match_labels": labels},
    }
    kubernetes.apps.v1.Deployment(
        name,
        metadata=metadata,
        spec={
            "replicas": 2,
            "selector": {"match_labels": labels},
            "template": pod(
                name,
                running,
                service_account_name=name,
                termination_grace_period_seconds=60,
                node_selector={"eks.amazonaws.com/capacityType": "ON_DEMAND", "kubernetes.io/arch": "amd64"},
                topology_spread_constraints=[spread],
            ),
        },
        opts=cluster.in_cluster,
    )
    kubernetes.core.v1.Service(
        name,
        metadata=metadata,
        spec={"selector": labels, "ports": [{"port": 80, "target_port": 8080}]},
        opts=cluster.in_cluster,
    )
    kubernetes.policy.v1.PodDisruptionBudget(
        name,
        metadata=metadata,
        spec={"min_available": 1, "selector": {"match_labels": labels}},
        opts=cluster.in_cluster,
    )
    kubernetes.apiextensions.CustomResource(
        name,
        api_version="elbv2.k8s.aws/v1beta1",
        kind="TargetGroupBinding",
        metadata=metadata,
        spec={"serviceRef": {"name": name, "port": 80}, "targetGroupARN": target.arn, "targetType": "ip"},
        opts=cluster.in_cluster,
    )
