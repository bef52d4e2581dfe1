"""A stack's relational databases: clusters and instances that stand alone, with their engine and what their groups set.

Sources: Amazon Aurora user guide, "Parameter groups for Amazon Aurora" (a cluster's instances take the values of the
cluster's group, unless their own group says otherwise) and "Working with parameter groups in a DB cluster" (the default
group is named `default.<family>`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from incidents.graph import Graph, Resource
from incidents.references import is_said, referred
from incidents.rule import Finding, each
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
INSTANCE = "aws:rds/instance:Instance"
CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
INSTANCE_GROUP = "aws:rds/parameterGroup:ParameterGroup"

DEFAULT_GROUP = "default."


@dataclass(frozen=True)
class Parameter:
    """One entry of a parameter group; `value` and `apply_method` raise `Undecided` where they are not known."""

    group: Resource
    name: str
    said: dict[str, object]

    @property
    def value(self) -> str:
        return self._known("value")

    @property
    def apply_method(self) -> str:
        """`immediate` unless said (pulumi-aws, `ClusterParameterGroupParameter`)."""
        return self._known("applyMethod") or "immediate"

    def _known(self, key: str) -> str:
        value = self.said.get(key)
        if isinstance(value, Unknown):
            raise Undecided(f"{key} of {self.name} in {self.group} is not known at preview")
        return "" if value is None else str(value)


@dataclass(frozen=True)
class ParameterGroup:
    """A parameter group: the stack's own, or AWS's default one, which sets nothing and has no `resource`."""

    name: str
    family: str | None
    resource: Resource | None = None

    def __str__(self) -> str:
        return str(self.resource) if self.resource else f"AWS's default parameter group {self.name}".strip()

    @property
    def is_default(self) -> bool:
        return self.resource is None

    @property
    def known(self) -> list[Parameter]:
        """What the group sets, as far as names are known."""
        resource = self.resource
        items = map(as_dict, as_list(resource.peek("parameters"))) if resource else ()
        return [
            Parameter(resource, item["name"], item)
            for item in items
            if resource and isinstance(item.get("name"), str)
        ]

    @property
    def is_open(self) -> bool:
        """Whether the group may set more than `known`."""
        said = self.resource.peek("parameters") if self.resource else None
        items = [said, *as_list(said)]
        return any(
            isinstance(value, Unknown) for item in items for value in (item, as_dict(item).get("name"))
        )

    def parameter(self, name: str) -> Parameter | None:
        """What the group sets for `name`, None for nothing. Raises `Undecided`."""
        found = next((parameter for parameter in self.known if parameter.name == name), None)
        if found is None and self.is_open:
            raise Undecided(f"whether {self} sets {name} is not known at preview")
        return found


@dataclass(frozen=True)
class Database:
    """One database: an `aws.rds.Cluster` (Aurora, Multi-AZ) or an `aws.rds.Instance` that stands alone."""

    graph: Graph
    resource: Resource

    def __str__(self) -> str:
        return str(self.resource)

    @property
    def is_cluster(self) -> bool:
        return self.resource.type == CLUSTER

    @property
    def engine(self) -> str:
        """AWS's name of the engine (`aurora-postgresql`). A replica has its source's. Raises `Undecided`."""
        source = self.source
        if source is not None and not isinstance(self.resource.peek("engine"), str):
            return source.engine
        return str(self.resource.get("engine", default="not said"))

    @property
    def is_postgresql(self) -> bool:
        """Raises `Undecided` when the engine is not known."""
        return self.engine in ("aurora-postgresql", "postgres")

    @property
    def source(self) -> Database | None:
        """The database of this stack that this one is a replica of. Raises `Undecided`, also for a replica of itself."""
        first = found = self.named_source
        passed = {self.resource.urn}
        while found:
            if found.resource.urn in passed:
                raise Undecided(f"{self} is a replica of itself")
            passed.add(found.resource.urn)
            found = found.named_source
        return first

    @property
    def named_source(self) -> Database | None:
        """What the program says that this one is a replica of. Raises `Undecided`."""
        prop = "replicationSourceIdentifier" if self.is_cluster else "replicateSourceDb"
        found = referred(self.graph, self.resource, prop, (CLUSTER, INSTANCE))
        return Database(self.graph, found) if isinstance(found, Resource) else None

    @property
    def version_major(self) -> int:
        """PostgreSQL's major version as `engine_version` says it. A replica has its source's. Raises `Undecided`."""
        version = self.resource.peek("engineVersion")
        if isinstance(version, str):
            return leading_number(version, f"engineVersion of {self}")
        if self.resource.edges.get("engineVersion"):
            raise Undecided(f"engineVersion of {self} is not known at preview")
        if self.source is not None:
            return self.source.version_major
        raise Undecided(f"{self} says no engine_version, and AWS's default is not known at preview")

    @property
    def major(self) -> int:
        """PostgreSQL's major version: of the attached group, which AWS compares, else `version_major`. Raises `Undecided`."""
        family = self.group.family
        return family_major(family) if family else self.version_major

    @property
    def group(self) -> ParameterGroup:
        """The cluster's parameter group, or that of an instance that stands alone. Raises `Undecided`.

        A replica that names none takes its source's in the same region (RDS API, `CreateDBInstanceReadReplica`).
        """
        if self.is_cluster:
            return group_of(self.graph, self.resource, "dbClusterParameterGroupName", CLUSTER_GROUP)
        source = self.source
        if source and not is_said(self.resource, "parameterGroupName"):
            same_region = self.resource.peek("region") == source.resource.peek("region")
            return source.group if same_region else ParameterGroup("", None)
        return group_of(self.graph, self.resource, "parameterGroupName", INSTANCE_GROUP)

    @property
    def instances(self) -> list[Resource]:
        """The instances of a cluster that this stack makes; an instance that stands alone is its own.

        Raises `Undecided` when some instance's cluster is not known.
        """
        if not self.is_cluster:
            return [self.resource]
        members = members_of_clusters(self.graph)
        for lost in members.get(None, []):
            raise Undecided(f"the cluster of {lost} is not known at preview")
        return members.get(self.resource.urn, [])

    def groups_of(self, instance: Resource) -> list[ParameterGroup]:
        """The groups that set parameters of one of `instances`, the one that wins first. Raises `Undecided`."""
        if not self.is_cluster:
            return [self.group]
        return [group_of(self.graph, instance, "dbParameterGroupName", INSTANCE_GROUP), self.group]


@lru_cache(maxsize=1)
def members_of_clusters(graph: Graph) -> Mapping[str | None, list[Resource]]:
    """The instances of clusters by the cluster's urn; those whose cluster is not known are under None."""
    found: dict[str | None, list[Resource]] = {}
    for instance in graph.of_type(CLUSTER_INSTANCE):
        try:
            cluster = referred(graph, instance, "clusterIdentifier", (CLUSTER,))
        except Undecided:
            found.setdefault(None, []).append(instance)
            continue
        if isinstance(cluster, Resource):
            found.setdefault(cluster.urn, []).append(instance)
    return found


def clusters(graph: Graph) -> list[Database]:
    """All `aws.rds.Cluster`s of the stack, in the order of their urns."""
    return [Database(graph, resource) for resource in graph.of_type(CLUSTER)]


def databases(graph: Graph) -> list[Database]:
    """All clusters, then all instances that stand alone."""
    return [*clusters(graph), *(Database(graph, resource) for resource in graph.of_type(INSTANCE))]


def each_database(rule_id: str, graph: Graph, judge: Callable[[Database], Finding]) -> Iterator[Finding]:
    """`judge` of each database, as `incidents.rule.each` does."""
    resources = [database.resource for database in databases(graph)]
    yield from each(rule_id, resources, lambda resource: judge(Database(graph, resource)))


def setting(groups: Sequence[ParameterGroup], name: str) -> Parameter | None:
    """What the first of `groups` that sets `name` says; None if none does. Raises `Undecided`."""
    return next((found for group in groups if (found := group.parameter(name))), None)


def group_of(graph: Graph, resource: Resource, prop: str, type_: str) -> ParameterGroup:
    """The parameter group that `prop` names. Raises `Undecided` for one made elsewhere."""
    found = referred(graph, resource, prop, (type_,))
    if isinstance(found, Resource):
        family = found.peek("family")
        return ParameterGroup(found.name, family if isinstance(family, str) else None, found)
    if found is None:
        return ParameterGroup("", None)
    if found.startswith(DEFAULT_GROUP):
        return ParameterGroup(found, found.removeprefix(DEFAULT_GROUP))
    raise Undecided(f"{prop} of {resource} names '{found}', which is not in this stack")


def family_major(family: str) -> int:
    """17 of `aurora-postgresql17`. Raises `Undecided` where a family says none."""
    return leading_number(family.lstrip("abcdefghijklmnopqrstuvwxyz-"), f"the version in family '{family}'")


def leading_number(text: str, what: str) -> int:
    match = re.match(r"\d+", text)
    if match is None:
        raise Undecided(f"{what} is '{text}', which starts with no number")
    return int(match.group())
