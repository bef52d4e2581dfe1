"""Programs of others whose pods differ from an application's for a known reason: one table of names each.

An agent of a node needs the node: the CNI writes the node's network, a log agent reads the node's files. Told by the image's
name, and only in a DaemonSet. Controllers of the vendors below are single binaries that write nothing, as their own charts
say. A name is no proof: who names their image so is believed.

Sources: the charts and manifests of these projects; names remembered, not all read again.
"""

from __future__ import annotations

import re

from incidents.images import Image
from incidents.workloads import Workload

NODE_AGENTS = re.compile(
    r"^(amazon-k8s-cni(-init)?|aws-network-policy-agent|kube-proxy(-.*)?|eks-pod-identity-agent|"
    r"aws-(ebs|efs)-csi-driver|.*-csi-driver|csi-node-driver-registrar|livenessprobe|secrets-store-csi-driver.*|"
    r"aws-for-fluent-bit|fluent-bit|fluentd(-.*)?|vector|promtail|filebeat|alloy|"
    r"cloudwatch-agent|node-exporter|aws-otel-collector|opentelemetry-collector.*|"
    r"agent|datadog-agent|system-probe|process-agent|newrelic-infra.*|dynatrace-oneagent|falco(-.*)?|tetragon|"
    r"calico-node|node|cilium(-.*)?|aws-node-termination-handler|node-problem-detector|k8s-device-plugin|"
    r"nvidia-.*|dcgm-exporter|aws-guardduty-agent|amazon-guardduty-agent.*|eks-node-monitoring-agent)$"
)
AMBIGUOUS = re.compile(r"^(agent|node)$")
"""Names that count only with their vendor's (`datadog/agent`, `calico/node`, `grafana/agent`)."""

VENDORS = re.compile(r"(^|/)(datadog|datadoghq|calico|grafana)(/|$)")

WRITES_NOTHING = re.compile(
    r"^(registry\.k8s\.io|quay\.io/(jetstack|argoproj|prometheus.*)|public\.ecr\.aws/(eks|karpenter|eks-distro)|"
    r"[\w.-]*external-secrets(\.io|/external-secrets)?|ghcr\.io/(external-secrets|kedacore|fluxcd|stakater))/|"
    r"^\d+\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?/(eks|amazon)/"
)


def is_node_agent(found: Workload) -> bool:
    """Whether all containers of a DaemonSet are known agents of its nodes, as far as their images are known."""
    images = [Image.parse(image) for item in found.containers if isinstance(image := item.get("image"), str)]
    return found.kind == "DaemonSet" and bool(images) and all(map(is_agent, images))


def is_agent(image: Image) -> bool:
    known = NODE_AGENTS.match(image.name) is not None
    return known and (not AMBIGUOUS.match(image.name) or VENDORS.search(image.repository) is not None)


def writes_nothing(image: str) -> bool:
    """Whether an image is a vendor's controller that is known to run without any writable path."""
    return WRITES_NOTHING.match(image) is not None
