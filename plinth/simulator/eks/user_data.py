"""The user data by which a self-managed node on Amazon Linux 2023 finds its cluster (awslabs/amazon-eks-ami, nodeadm)."""

from __future__ import annotations

import base64
from typing import Any

import yaml

from plinth.simulator.eks.core import Core
from plinth.simulator.eks.values import Out, whole

DOCUMENT = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="BOUNDARY"

--BOUNDARY
Content-Type: application/node.eks.aws

---
{config}
--BOUNDARY--
"""


def of(core: Core) -> Out:
    """The user data for nodes of the cluster, in base64 as launch templates take it."""
    names = ("name", "endpoint", "certificateAuthority", "kubernetesNetworkConfig")
    return whole([core.output("cluster", name) for name in names]).map(render)


def render(known: list[Any]) -> str:
    name, endpoint, authority, network = known
    cluster = {
        "name": name,
        "apiServerEndpoint": endpoint,
        "certificateAuthority": authority["data"],
        "cidr": network["serviceIpv4Cidr"],
    }
    config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": {"cluster": cluster}}
    document = DOCUMENT.format(config=yaml.safe_dump(config, sort_keys=False))
    return base64.b64encode(document.encode()).decode()
