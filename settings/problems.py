"""From what pydantic found to what a person reads: key, value, consequence, remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

NAMESPACE = "plinth"
SHOWN = 60

Location = Sequence[str | int]

REMEDIES: Mapping[str, str] = {
    "bool": "is neither true nor false. Write one of them",
    "dict": "is no mapping of keys to values. Write its keys below it",
    "finite": "is no number. Write one",
    "float": "is no number. Write one",
    "greater_than": "is too small. Write more than {gt}",
    "greater_than_equal": "is too small. Write at least {ge}",
    "int": "is no whole number. Write one",
    "invalid_key": "is no key, which is a text. Put it in quotes",
    "less_than": "is too large. Write less than {lt}",
    "less_than_equal": "is too large. Write at most {le}",
    "list": "is no list. Write [one, two]",
    "literal": "is not known. Write {expected}",
    "model": "is no mapping of keys to values. Write its keys below it",
    "string": "is no text. Put it in quotes",
    "string_pattern_mismatch": "does not match {pattern}. Write what does",
    "string_too_long": "is too long. Write at most {max_length} characters",
    "too": "is empty. Name at least one",
    "tuple": "is no list. Write [one, two]",
    "union": "has the wrong form. Write a single value or a mapping",
}
"""By pydantic's error type, or the first word of it."""


class Finding(NamedTuple):
    """One problem: the key below the section that was checked (dotted, or empty for the section), and what to say."""

    key: str
    text: str


class SettingsError(ValueError):
    """Everything that is wrong with a stack file, in one text; a line each in `problems`."""

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        count = f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        super().__init__("\n  ".join([f"{source}: {count}, so nothing was planned.", *self.problems]))


def problem(text: str) -> PydanticCustomError:
    """What a validator raises: value, consequence and remedy in its own words; the key is added."""
    return problems([Finding("", text)])


def problems(findings: Sequence[Finding]) -> PydanticCustomError:
    """Several problems of one section at once."""
    return PydanticCustomError(
        "plinth", "{summary}", {"summary": findings[0].text, "findings": list(findings)}
    )


def describe(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """A line for each problem that pydantic found in data for `model`."""
    found = [
        (tuple(step for step in details["loc"] if not is_tag(step)), details)
        for details in error.errors(include_url=False)
    ]
    # A required key that is misspelt is one mistake, not also a missing key.
    meant = {
        (*location[:-1], close_to(str(location[-1]), fields_at(location[:-1], model)))
        for location, details in found
        if details["type"] == "extra_forbidden"
    }
    for location, details in found:
        if details["type"] == "missing" and location in meant:
            continue
        if details["type"] == "plinth":
            findings: list[Finding] = details.get("ctx", {})["findings"]
            yield from (written((*location, *filter(None, [key])), text) for key, text in findings)
        else:
            yield written(location, explain(details, location, model))


def explain(details: ErrorDetails, location: Location, model: type[BaseModel]) -> str:
    """One of pydantic's own errors, in our words."""
    siblings = fields_at(location[:-1], model)
    match details["type"]:
        case "missing":
            return f"is missing, and has no default. Add it{example(siblings.get(str(location[-1])))}."
        case "extra_forbidden":
            return f"no such key, so it would be ignored. {nearest(str(location[-1]), siblings)}"
        case kind:
            known = REMEDIES.get(kind, REMEDIES.get(kind.split("_")[0]))
            remedy = known.format(**details.get("ctx", {})) if known else f"is refused: {details['msg']}"
            hint = example(siblings.get(str(location[-1]))) if location else ""
            return f"{shown(details['input'])} {remedy}{hint}."


def is_tag(step: str | int) -> bool:
    """Is it no key, but the name of a choice in a union (`(range)`) or pydantic's mark of a mapping's key?"""
    return isinstance(step, str) and (step.startswith("(") or step == "[key]")


def written(location: Location, text: str) -> str:
    """A problem behind its key as it stands in the file: `plinth:cluster.node_groups.spot.min: ...`."""
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).lstrip(".")
    return f"aws:region: {text}" if key == "region" else f"{NAMESPACE}:{key}: {text}"


def shown(value: Any) -> str:
    """A value for a message, as YAML has it, cut where it gets long."""
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice for a word that is not known: the nearest one that is, or all of them."""
    choices = list(known)
    close = close_to(word, choices)
    return f"Did you mean `{close}`?" if close else f"Known here: {', '.join(choices)}."


def close_to(word: str, known: Iterable[str]) -> str | None:
    """The known word that is spelt most like `word`, if one is at all."""
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.5)), None)


def example(field: FieldInfo | None) -> str:
    return f", for instance `{field.examples[0]}`" if field and field.examples else ""


def fields_at(location: Location, model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The fields of the section that `location` leads to, by the key that the file has for them."""
    current: Any = model
    for step in location:
        section = section_in(current)
        if section is None:
            current = element_of(current)
        elif str(step) in keys_of(section):
            current = keys_of(section)[str(step)].annotation
    section = section_in(current)
    return keys_of(section) if section else {}


def keys_of(section: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Its fields by key: a key that is a word of Python's (`class`) has a field of another name."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is, or has among its choices."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType):
        return next(filter(None, map(section_in, get_args(annotation))), None)
    if get_origin(annotation) is Annotated:
        return section_in(get_args(annotation)[0])
    return None


def element_of(annotation: Any) -> Any:
    """What a list or a mapping holds."""
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    return arguments[-1] if arguments else annotation
