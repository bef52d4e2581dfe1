"""IAM roles and what lets them do things: policies within them, beside them and attached to them; and who takes them.

Sources: pulumi-aws, `iam.Role` (`inline_policies`, `managed_policy_arns`), `iam.RolePolicy`, `iam.RolePolicyAttachment`,
`eks.PodIdentityAssociation`, `ecs.TaskDefinition`; EKS user guide, "Assign IAM roles to Kubernetes service accounts" (the annotation
`eks.amazonaws.com/role-arn`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from incidents.edges import named
from incidents.graph import Graph, Resource
from incidents.policy_documents import Document, Statement, document, parse
from incidents.references import is_said
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
WRITTEN = (POLICY, ROLE_POLICY, "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy")
"""Types that hold the text of a policy of identities."""

POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
READ_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - an action


@dataclass(frozen=True)
class User:
    """Who takes a role: a service account, or a family of tasks. `said` is where it says so."""

    name: str
    said: Resource


def documents(graph: Graph, resource: Resource) -> Iterator[Document]:
    """The policies of identities that a resource itself holds. Raises `Undecided`."""
    if resource.type in WRITTEN:
        found = document(graph, resource)
        yield from [found] if found else []
    elif resource.type == ROLE and is_said(resource, "inlinePolicies"):
        for item in as_list(resource.peek("inlinePolicies")) or [resource.peek("inlinePolicies")]:
            text = item if isinstance(item, Unknown) else as_dict(item).get("policy")
            statements: tuple[Statement, ...] | None = None
            if text is not None and not isinstance(text, Unknown):
                statements = tuple(parse(text, f"inlinePolicies of {resource}"))
            yield Document(resource, statements, tuple(graph.dependencies(resource, "inlinePolicies")))


def documents_of(graph: Graph, role: Resource) -> Iterator[Document]:
    """All policies of a role that the stack writes; those that cannot be told to be the role's are left out."""
    yield from documents(graph, role)
    for resource in graph.of_type(ROLE_POLICY):
        if is_of(graph, resource, role):
            yield from documents(graph, resource)
    for attachment in graph.of_type(ATTACHMENT):
        if is_of(graph, attachment, role):
            policy = lookup(graph, attachment, "policyArn", POLICY)
            yield from documents(graph, policy) if policy else []


def is_of(graph: Graph, resource: Resource, role: Resource) -> bool:
    return lookup(graph, resource, "role", ROLE) == role


def lookup(graph: Graph, resource: Resource, prop: str, type_: str) -> Resource | None:
    """The resource of the stack that a property names; None for another one, or one that is not known."""
    try:
        found = named(graph, resource, prop, (type_,))
    except Undecided:
        return None
    return found if isinstance(found, Resource) else None


def reads_secrets(policy: Document) -> bool:
    """Whether a policy lets read secrets; where its text is not known, whether it is made from one."""
    if policy.statements is None:
        return any(target.type == SECRET for target in policy.mentions)
    return any(one.allows and one.covers(READ_SECRET) for one in policy.statements)


def users(graph: Graph, role: Resource) -> list[User]:
    """Who takes a role, by name and once each."""
    found: dict[str, User] = {}
    for association in graph.of_type(POD_IDENTITY):
        if lookup(graph, association, "roleArn", ROLE) == role:
            found.setdefault(
                account(association.peek("namespace"), association.peek("serviceAccount")),
                User("", association),
            )
    for service_account in graph.of_type(SERVICE_ACCOUNT):
        annotations = as_dict(service_account.peek("metadata", "annotations"))
        arn = annotations.get(ROLE_ANNOTATION)
        targets = graph.dependencies(service_account, "metadata") if isinstance(arn, Unknown) else []
        if arn is not None and (arn == role.peek("arn") or role in targets):
            meta = service_account.peek("metadata", "namespace"), service_account.peek("metadata", "name")
            found.setdefault(account(*meta), User("", service_account))
    for definition in graph.of_type(TASK_DEFINITION):
        if lookup(graph, definition, "taskRoleArn", ROLE) == role:
            found.setdefault(f"task family {definition.peek('family')}", User("", definition))
    return [User(name, user.said) for name, user in sorted(found.items())]


def account(namespace: object, name: object) -> str:
    """A service account as people write it; one whose name Kubernetes or the engine makes is told by nothing else."""
    return f"service account {namespace if isinstance(namespace, str) else 'default'}/{name}"
