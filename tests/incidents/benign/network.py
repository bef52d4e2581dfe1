"""VPCs, subnets, security groups."""

from __future__ import annotations

from tests.incidents.benign.variation import Variations
from tests.incidents.flips import Flip

VARIATIONS: Variations = {
    "admin-ports-closed": {
        "a path through the network's own addresses": [
            Flip("SecurityGroupIngressRule", "edge-80", ("cidrIpv4",), "10.0.0.0/8")
        ],
    },
}
