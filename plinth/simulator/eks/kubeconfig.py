"""The kubeconfig that pulumi-eks writes: a token from the aws CLI at each use, so nothing in it is secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plinth.simulator.eks.component import Child
from plinth.simulator.eks.values import Out, whole


def of(cluster: Child, options: Mapping[str, Any]) -> Out:
    """The kubeconfig of `cluster` as an object; unknown until the cluster exists."""
    parts = whole(
        {
            "arn": cluster.output("arn"),
            "name": cluster.output("name"),
            "server": cluster.output("endpoint"),
            "authority": cluster.output("certificateAuthority").get("data"),
        }
    )
    return parts.map(lambda known: with_options(render(known), options))


def render(known: Mapping[str, Any]) -> dict[str, Any]:
    region = known["arn"].split(":")[3]
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", known["name"], "--output", "json"]
    info = json.dumps({"apiVersion": "client.authentication.k8s.io/v1beta1"})
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "aws",
            "args": arguments,
            "env": [{"name": "KUBERNETES_EXEC_INFO", "value": info}],
        }
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "kubernetes",
                "cluster": {"server": known["server"], "certificate-authority-data": known["authority"]},
            }
        ],
        "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
        "current-context": "aws",
        "users": [{"name": "aws", "user": user}],
    }


def with_options(config: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """`config` for another role or another profile of the aws CLI."""
    flags = {"--role": options.get("roleArn"), "--profile": options.get("profileName")}
    added = [text for flag, value in flags.items() if value for text in (flag, value)]
    user = config["users"][0]["user"]["exec"]
    arguments = [*user["args"], *added]
    return {**config, "users": [{"name": "aws", "user": {"exec": {**user, "args": arguments}}}]}


def to_json(config: Any) -> str:
    return json.dumps(config, sort_keys=True, separators=(",", ":"))
