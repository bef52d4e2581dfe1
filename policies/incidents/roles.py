"""IAM roles and what lets them do things: policies within them, beside them and attached to them; and who takes them.

Sources: pulumi-aws, `iam.Role` (`inline_policies`, `managed_policy_arns`), `iam.RolePolicy`, `iam.RolePolicyAttachment`,
`eks.PodIdentityAssociation`, `ecs.TaskDefinition`; EKS user guide, "Assign IAM roles to Kubernetes service accounts" (the annotation
`eks.amazonaws.com/role-arn`); IAM user guide, "Permissions boundaries for IAM entities" (a boundary grants nothing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from incidents.edges import attached, by_identity, named
from incidents.graph import Graph, Resource
from incidents.policy_documents import Document, Statement, document, parse
from incidents.references import is_said
from incidents.unknowns import Undecided, Unknown, as_dict, as_list

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENTS = (
    ATTACHMENT, "aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)  # fmt: skip
WRITTEN = (POLICY, ROLE_POLICY, "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy")
"""Types that hold the text of a policy of identities."""

POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
READ_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - an action


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
    for resource in attached(graph, (ROLE_POLICY,), "role", (ROLE,)).get(role.urn, []):
        yield from documents(graph, resource)
    for attachment in attached(graph, (ATTACHMENT,), "role", (ROLE,)).get(role.urn, []):
        policy = lookup(graph, attachment, "policyArn", POLICY)
        yield from documents(graph, policy) if policy else []


def lookup(graph: Graph, resource: Resource, prop: str, type_: str) -> Resource | None:
    """The resource of the stack that a property names; None for another one, or one that is not known."""
    try:
        found = named(graph, resource, prop, (type_,))
    except Undecided:
        return None
    return found if isinstance(found, Resource) else None


def is_boundary(graph: Graph, policy: Resource) -> bool:
    """Whether a policy only bounds what others grant: roles or users name it as their boundary, and nothing attaches it."""
    bounded = attached(graph, (ROLE, "aws:iam/user:User"), "permissionsBoundary", (POLICY,))
    return policy.urn in bounded and policy.urn not in attached(graph, ATTACHMENTS, "policyArn", (POLICY,))


def reads_secrets(policy: Document) -> bool:
    """Whether a policy lets read secrets; where its text is not known, whether it is made from one."""
    if policy.statements is None:
        return any(target.type == SECRET for target in policy.mentions)
    return any(map(lets_read, policy.statements))


def lets_read(one: Statement) -> bool:
    """Whether a statement lets read some secret: by its actions, and by the service in the ARNs of its resources."""
    services = [(*pattern.split(":"), "*", "*", "*")[2] for pattern in one.resources] or ["*"]
    is_about = any(fnmatchcase("secretsmanager", service.lower()) for service in services)
    return one.allows and one.covers(READ_SECRET) and is_about


def users(graph: Graph, role: Resource) -> list[str]:
    """Who takes a role, by name and once each: service accounts, and families of tasks."""
    associations = attached(graph, (POD_IDENTITY,), "roleArn", (ROLE,)).get(role.urn, [])
    definitions = attached(graph, (TASK_DEFINITION,), "taskRoleArn", (ROLE,)).get(role.urn, [])
    found = {account(item.peek("namespace"), item.peek("serviceAccount")) for item in associations}
    found |= {
        account(item.peek("metadata", "namespace"), item.peek("metadata", "name"))
        for item in annotated(graph).get(role.urn, [])
    }
    return sorted(found | {f"task family {item.peek('family')}" for item in definitions})


@lru_cache(maxsize=1)
def annotated(graph: Graph) -> Mapping[str, list[Resource]]:
    """The service accounts whose annotation names a role of the stack, by the role's urn."""
    roles = by_identity(graph, (ROLE,))
    found: dict[str, list[Resource]] = {}
    for resource in graph.of_type(SERVICE_ACCOUNT):
        arn = as_dict(resource.peek("metadata", "annotations")).get(ROLE_ANNOTATION)
        named_roles = [roles.get(arn)] if isinstance(arn, str) else []
        if isinstance(arn, Unknown):
            named_roles = [item for item in graph.dependencies(resource, "metadata") if item.type == ROLE]
        for role in filter(None, named_roles):
            found.setdefault(role.urn, []).append(resource)
    return found


def account(namespace: object, name: object) -> str:
    """A service account as people write it."""
    return f"service account {namespace if isinstance(namespace, str) else 'default'}/{name}"
