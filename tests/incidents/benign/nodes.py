"""Nodes: their processors, their labels, and how many pods they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.manifests import (
    added,
    aws,
    beside,
    container,
    custom,
    orders,
    pod,
)
from tests.incidents.benign.variation import Added, Change, Copied, Removed, Variations
from tests.incidents.flips import GONE, TEMPLATE, Flip
from tests.policies.manifests import container as image

GENERAL = ("NodeGroup", "general")
CAPACITY, ARCH = "eks.amazonaws.com/capacityType", "kubernetes.io/arch"
PLATFORMS = "plinth.dev/image-platforms"
JOBS = ("databases", "orders-migration", "chat-migration")


def group(prop: str, value: Any) -> Flip:
    return Flip(*GENERAL, (prop,), value)


def second_group(name: str, facts: Mapping[str, Any], taint: str = "dedicated") -> Copied:
    """Another managed group that only those run on who tolerate it."""
    taints = [{"key": taint, "value": "yes", "effect": "NO_SCHEDULE"}]
    said = {"nodeGroupName": name, "taints": taints, **facts}
    return Copied(GENERAL, name, {(prop,): value for prop, value in said.items()})


def selecting(labels: Mapping[str, str] | Any) -> list[Change]:
    """Both services select nodes so."""
    return [Flip("Deployment", name, (*TEMPLATE, "nodeSelector"), labels) for name in ("orders", "chat")]


def affine(*expressions: tuple[str, str, list[str]], **said: Any) -> list[Change]:
    terms = [
        {
            "matchExpressions": [
                {"key": key, "operator": operator, "values": values} for key, operator, values in expressions
            ]
        }
    ]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return [pod("nodeSelector", value=GONE), pod("affinity", value={"nodeAffinity": {**required, **said}})]


def built_for(*platforms: str) -> list[Change]:
    """All workloads say what their images are made for."""
    said = {"annotations": {PLATFORMS: ",".join(platforms)}}
    services = [
        Flip("Deployment", name, (*TEMPLATE[:-1], "metadata"), {"labels": {"app": name}, **said})
        for name in ("orders", "chat")
    ]
    jobs = [Flip("Job", name, (*TEMPLATE[:-1], "metadata"), said) for name in JOBS]
    return [*services, *jobs]


def karpenter(name: str, *requirements: tuple[str, str, list[str]], **template: Any) -> list[Change]:
    """A NodePool that is bound by its limits and types, and its node class."""
    spec = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "usual"},
        "requirements": [
            {"key": key, "operator": operator, "values": values} for key, operator, values in requirements
        ],
        **template.pop("spec", {}),
    }
    limits = {"cpu": "100", "memory": "400Gi"}
    return [
        custom(
            "karpenter.sh/v1",
            "NodePool",
            name,
            spec={"limits": limits, "template": {"spec": spec, **template}},
        ),
        custom(
            "karpenter.k8s.aws/v1",
            "EC2NodeClass",
            "usual",
            spec={"amiSelectorTerms": [{"alias": "al2023@v20251101"}]},
        ),
    ]


FOR_THE_SYSTEM = group("taints", [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}])
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
LARGE = (INSTANCE_TYPE, "In", ["m6i.xlarge", "m6i.2xlarge"])
GRAVITON = (INSTANCE_TYPE, "In", ["m7g.xlarge", "m7g.2xlarge"])
ON_DEMAND = ("karpenter.sh/capacity-type", "In", ["on-demand"])

NODE_ARCH: Variations = {
    "node-arch": {
        "Graviton, and images for it": [
            group("amiType", "AL2023_ARM_64_STANDARD"), group("instanceTypes", ["m7g.large"]), *selecting({ARCH: "arm64"}), *built_for("linux/arm64"),
        ],
        "Graviton, and images for both": [
            group("amiType", "BOTTLEROCKET_ARM_64"), group("instanceTypes", ["t4g.xlarge", "m7g.large"]), *selecting(GONE), *built_for("linux/amd64", " linux/arm64/v8"),
        ],
        "Graviton in other families": [
            group("amiType", "AL2023_ARM_64_STANDARD"), second_group("disks", {"instanceTypes": ["i4g.large", "x2gd.xlarge", "im4gn.large"]}), *selecting({ARCH: "arm64"}),
            group("instanceTypes", ["m8g.large"]), Flip("NodeGroup", "disks", ("amiType",), "BOTTLEROCKET_ARM_64"),
        ],
        "processors of AMD and older families": [second_group("batch", {"instanceTypes": ["c5a.large", "m5a.xlarge", "m4.large"]})],
        "accelerators": [second_group("gpu", {"amiType": "AL2023_x86_64_NVIDIA", "instanceTypes": ["g5.xlarge", "g4dn.xlarge", "p4d.24xlarge"]}, "nvidia.com/gpu")],
        "an image of one's own in a launch template": [second_group("hardened", {"amiType": "CUSTOM", "launchTemplate": {"name": "hardened", "version": "3"}, "instanceTypes": None})],
        "nodes of Windows": [second_group("windows", {"amiType": "WINDOWS_CORE_2022_x86_64", "instanceTypes": ["m6i.large"]}, "os")],
        "a second architecture, images for both": [
            second_group("graviton", {"amiType": "AL2023_ARM_64_STANDARD", "instanceTypes": ["m7g.large"], "taints": []}), *selecting({}), *built_for("linux/amd64", "linux/arm64"),
        ],
        "a second architecture that only one tolerates": [
            second_group("graviton", {"amiType": "AL2023_ARM_64_STANDARD", "instanceTypes": ["m7g.large"]}),
            *beside("Deployment", image(image="registry.example.com/reports:1.4.2-arm64"), pod={
                "nodeSelector": {ARCH: "arm64"}, "tolerations": [{"key": "dedicated", "operator": "Exists"}],
            }),
        ],
        "an architecture in the image's repository": [*beside("Deployment", image(image="docker.io/amd64/nginx:1.29.3"))],
        "an architecture by affinity": [*affine((ARCH, "In", ["amd64"])), *built_for("linux/amd64")],
        "Karpenter's pool of Graviton": [
            *karpenter("graviton", GRAVITON, (ARCH, "In", ["arm64"]), spec={"taints": [{"key": "arch", "value": "arm64", "effect": "NoSchedule"}]}),
            *beside("Deployment", image(image="registry.example.com/reports:1.4.2-arm64"), pod={
                "nodeSelector": {ARCH: "arm64"}, "tolerations": [{"key": "arch", "value": "arm64", "effect": "NoSchedule"}],
            }),
        ],
        "what the stack builds for both": [
            Added("docker-build:index:Image", "reports", {"platforms": ["linux/amd64", "linux/arm64"]}),
            *beside("Deployment", image(image="registry.example.com/reports:1.4.2"), edges={"spec": ("Image", "reports")}),
        ],
    },
}  # fmt: skip

NODE_LABEL: Variations = {
    "node-label": {
        "a capacity by affinity": affine((CAPACITY, "In", ["ON_DEMAND", "SPOT"])),
        "a capacity that is not wanted": affine((CAPACITY, "NotIn", ["SPOT"])),
        "no Fargate": affine(("eks.amazonaws.com/compute-type", "NotIn", ["fargate"]), ("node-role.kubernetes.io/control-plane", "DoesNotExist", [])),
        "a zone, a type and an operating system": selecting(
            {"topology.kubernetes.io/zone": "ap-northeast-2a", INSTANCE_TYPE: "m6i.large", "kubernetes.io/os": "linux"},
        ),
        "a node group by its name": [group("nodeGroupName", "general"), *selecting({"eks.amazonaws.com/nodegroup": "general"})],
        "a label that the group gives": [group("labels", {"workload": "shop", "capacity-type": "steady"}), *selecting({"workload": "shop", "capacity-type": "steady"})],
        "spot, where it is wanted": [
            second_group("spot", {"capacityType": "SPOT", "instanceTypes": ["m6i.large", "m6a.large", "m7i.large"]}, "spot"),
            *beside("Deployment", pod={"nodeSelector": {CAPACITY: "SPOT"}, "tolerations": [{"key": "spot", "operator": "Equal", "value": "yes"}]}),
        ],
        "a preference for spot": [
            second_group("spot", {"capacityType": "SPOT", "taints": []}), *selecting({}),
            pod("affinity", value={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 100.0, "preference": {"matchExpressions": [{"key": CAPACITY, "operator": "In", "values": ["SPOT"]}]}},
            ]}}),
        ],
        "Karpenter, and a managed group for the system alone": [
            FOR_THE_SYSTEM, *karpenter("general", LARGE, ON_DEMAND), *selecting({"karpenter.sh/capacity-type": "on-demand", "karpenter.sh/nodepool": "general"}),
        ],
        "families of Karpenter's": [
            FOR_THE_SYSTEM, *karpenter("general", LARGE, ("karpenter.k8s.aws/instance-category", "In", ["m"])),
            *selecting({"karpenter.k8s.aws/instance-category": "m", "karpenter.k8s.aws/instance-hypervisor": "nitro"}),
        ],
        "larger than some of Karpenter's": [FOR_THE_SYSTEM, *karpenter("general", LARGE), *selecting({}), *affine(("karpenter.k8s.aws/instance-cpu", "Gt", ["3"]))],
        "a label of Karpenter's template": [
            FOR_THE_SYSTEM, *karpenter("general", LARGE, metadata={"labels": {"team": "shop"}}), *selecting({"team": "shop"}),
        ],
        "a label that each pod may choose": [FOR_THE_SYSTEM, *karpenter("general", LARGE, ("team", "Exists", [])), *selecting({"team": "shop"})],
        "spread over hosts, firmly": [
            pod("topologySpreadConstraints", value=[{"maxSkew": 1.0, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
                                                     "labelSelector": {"matchLabels": {"app": "orders"}}, "matchLabelKeys": ["pod-template-hash"]}]),
        ],
        "away from its like": [pod("affinity", value={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "topology.kubernetes.io/zone", "labelSelector": {"matchLabels": {"app": "orders"}}},
        ]}})],
        "what a program of the stack finds on nodes": [
            Added("kubernetes:helm.sh/v3:Release", "gpus", {"chart": "gpu-operator", "version": "v25.10.0"}),
            *selecting({"nvidia.com/gpu.present": "true"}), *affine(("feature.node.kubernetes.io/pci-10de.present", "Exists", [])),
        ],
        "a chart that selects Linux": [Added("kubernetes:helm.sh/v3:Release", "dns", {
            "chart": "external-dns", "values": {"nodeSelector": {"kubernetes.io/os": "linux"}, "tolerations": [{"operator": "Exists"}]},
        })],
    },
}  # fmt: skip


def requests(cpu: Any, memory: Any, **more_limits: Any) -> Flip:
    return container(
        "resources",
        value={"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory, **more_limits}},
    )


def scaling(least: float, desired: float, most: float) -> Flip:
    return group("scalingConfig", {"minSize": least, "desiredSize": desired, "maxSize": most})


def addon_values(text: str) -> Flip:
    return Flip("Addon", "vpc-cni", ("configurationValues",), text)


POD_CAPACITY: Variations = {
    "pod-capacity": {
        "quantities in other units": [requests("0.5", "1.5Gi")],
        "quantities as numbers": [requests(0.5, 536870912.0)],
        "memory in powers of ten": [requests("250m", "512M", **{"ephemeral-storage": "1Gi"})],
        "limits alone": [container("resources", value={"limits": {"cpu": "500m", "memory": "512Mi"}})],
        "an init container that is larger": [
            pod("initContainers", value=[image(name="warm", resources={"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
                                               ports=None, readinessProbe=None, livenessProbe=None)]),
        ],
        "an autoscaler that the nodes can follow": [
            orders("spec", "replicas", value=GONE),
            added("HorizontalPodAutoscaler", "orders", spec={"scaleTargetRef": {"kind": "Deployment", "name": "orders"}, "minReplicas": 2.0, "maxReplicas": 10.0}),
        ],
        "more pods than addresses, with prefixes": [
            addon_values('{"env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}}'), orders("spec", "replicas", value=60.0),
            container("env", "@DB_POOL_SIZE", "value", value="2"), requests("10m", "32Mi"),
        ],
        "groups that grow": [
            scaling(2.0, 2.0, 6.0), orders("spec", "replicas", value=12.0), requests("500m", "1Gi"),
            Added("kubernetes:helm.sh/v3:Release", "autoscaler", {"chart": "cluster-autoscaler", "version": "9.50.1", "values": {}}),
        ],
        "more nodes wanted than the least": [scaling(1.0, 5.0, 6.0), orders("spec", "replicas", value=12.0), requests("400m", "1Gi")],
        "many workloads that are off": [*beside("Deployment", spec={"replicas": 0.0}, name="idle"), *beside("StatefulSet", spec={"replicas": 0.0}, name="old")[:1]],
        "a daemon on each node": beside("DaemonSet", image(image="public.ecr.aws/eks/fluent-bit:1.4.2")),
        "a set of large nodes for one": [
            second_group("memory", {"instanceTypes": ["r6i.2xlarge"], "labels": {"for": "reports"}}),
            *beside("Deployment", image(resources={"requests": {"cpu": "1", "memory": "24Gi"}, "limits": {"memory": "24Gi"}}),
                    pod={"nodeSelector": {"for": "reports"}, "tolerations": [{"operator": "Exists"}]}),
        ],
        "Karpenter's pool with limits": [FOR_THE_SYSTEM, *karpenter("general", LARGE), *selecting({}), orders("spec", "replicas", value=40.0), container("env", "@DB_POOL_SIZE", "value", value="2")],
        "a group that says no type": [group("instanceTypes", GONE), scaling(4.0, 4.0, 6.0)],
        "a type in the launch template": [
            Removed(GENERAL), aws("ec2/launchTemplate:LaunchTemplate", "nodes", instanceType="m6i.large", metadataOptions={"httpTokens": "required"}),
            aws("eks/nodeGroup:NodeGroup", "templated", {"launchTemplate": ("LaunchTemplate", "nodes")}, clusterName="shop", capacityType="ON_DEMAND",
                amiType="AL2023_x86_64_STANDARD", launchTemplate={"id": UNKNOWN, "version": "1"}, scalingConfig={"minSize": 3.0, "desiredSize": 3.0, "maxSize": 6.0}),
        ],
        "Auto Mode beside the group, for what has no place elsewhere": [
            Flip("eks/cluster:Cluster", "shop", ("computeConfig",), {"enabled": True, "nodePools": ["general-purpose"]}),
            *beside("Deployment", image(resources={"requests": {"cpu": "16", "memory": "64Gi"}, "limits": {"memory": "64Gi"}})),
        ],
        "types of several sizes": [group("instanceTypes", ["m6i.large", "m6i.xlarge", "m5.large", "m7i.large"])],
    },
}  # fmt: skip

VARIATIONS: Variations = {**NODE_ARCH, **NODE_LABEL, **POD_CAPACITY}
