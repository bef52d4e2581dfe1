"""The hosts in the values of variables, and which of them are in the cluster.

Source: Kubernetes documentation, "DNS for Services and Pods" (`pod.service.namespace.svc.cluster.local`, with a dot behind it or
not).
"""

from __future__ import annotations

import re
from typing import Any

from incidents.unknowns import Unknown

IN_URL = re.compile(r"://(?:[^@/]*@)?(\[[^]]*\]|[^:/?]+)")
NEARBY = re.compile(
    r"^(127\.[\d.]+|[^.:]+|([^.]+\.)?[^.]+\.[^.]+\.svc(\.cluster\.local\.?)?)(:\d+)?$", re.IGNORECASE
)


def hosts_in(value: Any) -> list[str]:
    """The known hosts in a variable; what is not known is some host outside."""
    if isinstance(value, Unknown):
        return ["unknown.host.outside"]
    return IN_URL.findall(str(value)) if "://" in str(value) else [str(value)]


def is_nearby(host: str) -> bool:
    """Whether a host is in the pod or in the cluster, a StatefulSet's pods by name among them; an endpoint of AWS's is not."""
    return NEARBY.match(host) is not None
