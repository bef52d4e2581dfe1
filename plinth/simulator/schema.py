"""What a resource type takes and gives, read off the source text of the installed Pulumi SDK.

The SDK's classes are generated from the provider's own schema: an `...Args` class has a getter for each input with its
wire name and type, and is required where the type is not Optional; the resource class has one for each output. They are
read as text, not imported: `import pulumi_aws.ec2` takes longer than a preview of a hundred resources, and a program's
SDK may be another version than the tool's.
"""

from __future__ import annotations

import ast
import importlib.util
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

GETTER = re.compile(
    r"@_?(?:builtins\.)?property\n    @pulumi\.getter(?:\(name=\"(?P<wire>[^\"]+)\"\))?\n"
    r"(?:    @\w+\.deprecated\((?:.|\n)*?\)\n(?=    def))?"
    r"    def (?P<name>\w+)\(self\) -> (?P<type>.+):\n"
)
DEFAULT = re.compile(
    r"\bDefaults?(?: value)?(?: is| to)?:? `\"?(?P<literal>[\w.-]+)\"?`(?! ?(?:for|if|when|unless|in|on)\b)"
)
"""How the provider's documentation, which the SDK repeats, names a default."""
FORCES_NEW = re.compile(
    r"\bforces? (?:a |the )?(?:new resource|replacement|recreation of)\b"
    r"(?! of the resource if| to be created if| for\b| unless\b| if (?!changed|modified)| when (?!changed))",
    re.IGNORECASE,
)
"""How it says that a change replaces the resource, always."""
PRIMITIVES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "Any": "any"}


@dataclass(frozen=True)
class Type:
    """The type of a property.

    `kind` is string, integer, number, boolean, array, map, object, asset or any; `element` is what an array or map
    holds; `reference` is the SDK's class of an object.
    """

    kind: str
    element: Type | None = None
    reference: tuple[Path, str] | None = None

    @property
    def properties(self) -> Mapping[str, Property]:
        """The properties of an object type, by wire name; empty for other kinds and for objects of any shape."""
        return read_class(*self.reference) if self.reference else {}


ANY = Type("any")


@dataclass(frozen=True)
class Property:
    """An input or output: its wire name, type, and what the provider's documentation says of it.

    `default` is the value that it has when it is not given; `replaces` tells that a change of it replaces the resource.
    """

    name: str
    type: Type
    required: bool
    default: bool | int | str | None = None
    replaces: bool = False


@dataclass(frozen=True)
class Resource:
    """A resource type: its inputs and outputs by wire name."""

    token: str
    file: Path
    class_name: str
    inputs: Mapping[str, Property] = field(default_factory=dict[str, Property])

    @cached_property
    def outputs(self) -> Mapping[str, Property]:
        return read_class(self.file, self.class_name)


@cache
def resource(token: str) -> Resource | None:
    """The resource type `aws:ec2/vpc:Vpc`, or None when the installed SDK has none of that name."""
    package, module, class_name = token.split(":")
    file = file_of(package, module, class_name)
    if file is None:
        return None
    inputs = read_class(file, f"{class_name}InitArgs") or read_class(file, f"{class_name}Args")
    return Resource(token, file, class_name, inputs)


def provider_inputs(package: str) -> Mapping[str, Property]:
    """The configuration keys of the provider of `package`; empty when its SDK is not installed."""
    folder = package_folder(package)
    return read_class(folder / "provider.py", "ProviderArgs") if folder else {}


def file_of(package: str, module: str, class_name: str) -> Path | None:
    """The SDK file of a token: `ec2/securityGroup` is `ec2/security_group.py`, `apps/v1` is `apps/v1/Deployment.py`."""
    root = package_folder(package)
    if root is None:
        return None
    # A Kubernetes group `networking.k8s.io` is the folder networking; a Python keyword gets an underscore.
    names = (part.split(".")[0] for part in module.split("/") if part != "index")
    parts = [f"{name}_" if keyword.iskeyword(name) else name for name in names]
    folders = (root.joinpath(*parts), root.joinpath(*parts[:-1]))
    for folder in folders:
        for stem in (class_name, snake(class_name), snake(parts[-1]) if parts else ""):
            if stem and (folder / f"{stem}.py").is_file():
                return folder / f"{stem}.py"
    return None


@cache
def package_folder(package: str) -> Path | None:
    found = importlib.util.find_spec(f"pulumi_{package.replace('-', '_')}")
    return Path(found.origin).parent if found and found.origin else None


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@cache
def read_class(file: Path, name: str) -> Mapping[str, Property]:
    """The properties that the getters of class `name` declare, by wire name; empty when there is no such class."""
    text = source(file)
    start = re.search(rf"^class {re.escape(name)}[:(]", text, re.MULTILINE)
    if not start:
        return {}
    end = re.compile(r"^(?:class |@pulumi\.)", re.MULTILINE).search(text, start.end())
    body = text[start.start() : end.start() if end else len(text)]
    found = (read_getter(file, match, documentation(body, match.end())) for match in GETTER.finditer(body))
    return {item.name: item for item in found}


@cache
def source(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def documentation(body: str, start: int) -> str:
    """The docstring that begins at `start`, if one does."""
    opened = body.startswith('        """', start)
    return body[start : body.index('"""', start + 11) + 3] if opened else ""


def read_getter(file: Path, getter: re.Match[str], text: str) -> Property:
    name = getter["wire"] or getter["name"]
    annotation = ast.parse(getter["type"], mode="eval").body
    inner, required = unwrap(annotation)
    type_ = to_type(inner, file)
    return Property(name, type_, required, default_of(text, type_.kind), bool(FORCES_NEW.search(text)))


def default_of(text: str, kind: str) -> bool | int | str | None:
    """The default that documentation `text` names for a property of `kind`, when it is of that kind."""
    found = DEFAULT.search(text)
    literal = found["literal"] if found else ""
    match kind:
        case "boolean" if literal in {"true", "false"}:
            return literal == "true"
        case "integer" if literal.isdecimal():
            return int(literal)
        case "string" if literal:
            return literal
        case _:
            return None


def unwrap(node: ast.expr) -> tuple[ast.expr, bool]:
    """Strip `Input`, `Output` and `Optional` off an annotation; False when it was Optional."""
    required = True
    while isinstance(node, ast.Subscript) and (label := label_of(node.value)) in {
        "Input",
        "Output",
        "Optional",
    }:
        required &= label != "Optional"
        node = node.slice
    return node, required


def label_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def to_type(node: ast.expr, file: Path) -> Type:
    node, _ = unwrap(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return to_reference(node.value, file)
    if isinstance(node, ast.Subscript):
        return to_generic(node, file)
    label = label_of(node)
    if label in PRIMITIVES:
        return Type(PRIMITIVES[label])
    return Type("asset") if label in {"Asset", "Archive"} else ANY


def to_generic(node: ast.Subscript, file: Path) -> Type:
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    match label_of(node.value):
        case "Sequence" | "List":
            return Type("array", to_type(arguments[0], file))
        case "Mapping":
            return Type("map", to_type(arguments[1], file))
        case "Union":
            return to_union([to_type(argument, file) for argument in arguments])
        case _:
            return ANY


def to_union(choices: list[Type]) -> Type:
    """The SDK offers an object as class or dictionary, an enum as class or string: the first object or primitive."""
    objects = [choice for choice in choices if choice.reference]
    primitives = {choice for choice in choices if choice.kind in PRIMITIVES.values() and choice.kind != "any"}
    if objects and not primitives:
        return objects[0]
    return primitives.pop() if len(primitives) == 1 and not objects else ANY


def to_reference(name: str, file: Path) -> Type:
    """A quoted class name: `ClusterVpcConfigArgs`, `outputs.ClusterVpcConfig`, `_meta.v1.ObjectMetaArgs`..."""
    *path, class_name = name.split(".")
    if class_name.endswith("ArgsDict"):
        return ANY
    folder = file.parent
    if path and path[0].startswith("_") and path[0] not in {"_inputs", "_enums"}:
        sibling = path[0].removeprefix("_")
        root = folder
        while root.name and not (root / sibling).is_dir():
            root = root.parent
            if not root.name.startswith("pulumi_") and not (root / "__init__.py").is_file():
                return ANY
        folder = root.joinpath(sibling, *path[1:])
    if (path and path[-1] == "_enums") or not class_name.endswith("Args"):
        return enum_or_output(folder, class_name)
    return Type("object", reference=(folder / "_inputs.py", class_name))


def enum_or_output(folder: Path, class_name: str) -> Type:
    enums = source(folder / "_enums.py")
    declared = re.search(rf"^class {class_name}\(_?(?:builtins\.)?(\w+), Enum\)", enums, re.MULTILINE)
    if declared:
        return Type(PRIMITIVES.get(declared[1], "any"))
    return Type("object", reference=(folder / "outputs.py", class_name))


@cache
def package_version(package: str) -> str:
    """The version of the installed SDK of `package`, which is its provider's too."""
    folder = package_folder(package)
    plugin = source(folder / "pulumi-plugin.json") if folder else ""
    version = re.search(r'"version": "([^"]+)"', plugin)
    return version[1] if version else "1.0.0"
