"""The random provider: values that look random and are the same for the same urn, so that rehearsals can be compared."""

from __future__ import annotations

import base64
import json
import string
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from plinth.simulator.creation import Creation, Kind
from plinth.simulator.values import Secret

WORDS = ("able", "bold", "calm", "deft", "eager", "fair", "glad", "happy", "keen", "loyal", "merry", "noble")
CLASSES = {
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "numeric": string.digits,
    "special": "!@#$%&*()-_=+[]{}<>:?",
}
"""The characters of each kind (Terraform random provider, `random_string`)."""


def results(creation: Creation, id_: str) -> Mapping[str, Any]:
    """The outputs of one resource of the random package: other ones whenever an input (a keeper, say) is another."""
    inputs = json.dumps(creation.inputs, sort_keys=True, default=str)
    value_of = RESULTS.get(creation.type.rpartition(":")[2])
    return value_of(creation.with_id(f"{id_}|{inputs}"), id_) if value_of else {}


def string_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    return {"result": characters(creation)}


def password_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    return {
        "result": Secret(characters(creation)),
        "bcryptHash": Secret(f"$2a$10${creation.hex(53, 'hash')}"),
    }


def bytes_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    value = random_bytes(creation, "length")
    return {"hex": value.hex(), "base64": base64.b64encode(value).decode()}


def integer_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    low, high = int(creation.inputs["min"]), int(creation.inputs["max"])
    return {"result": low + creation.number(high - low + 1, "result")}


def shuffle_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    items: list[str] = creation.inputs.get("inputs") or []
    shuffled = sorted(items, key=lambda item: creation.hex(8, item))
    return {"results": shuffled[: creation.inputs.get("resultCount")]}


def uuid_result(_creation: Creation, id_: str) -> Mapping[str, Any]:
    return {"result": id_}


def id_result(creation: Creation, _id: str) -> Mapping[str, Any]:
    """One number in four forms, each behind the prefix."""
    value = random_bytes(creation, "byteLength")
    texts = {
        "hex": value.hex(),
        "dec": str(int.from_bytes(value)),
        "b64Url": base64.urlsafe_b64encode(value).decode().rstrip("="),
        "b64Std": base64.b64encode(value).decode(),
    }
    prefix = str(creation.inputs.get("prefix") or "")
    return {name: prefix + text for name, text in texts.items()}


def random_bytes(creation: Creation, length: str) -> bytes:
    return bytes.fromhex(creation.hex(2 * int(creation.inputs[length]), "bytes"))


def characters(creation: Creation) -> str:
    """Text of the wanted length, of the kinds of characters that are not switched off, each at least once."""
    pools = [pool for name, pool in CLASSES.items() if creation.inputs.get(name) is not False]
    if override := creation.inputs.get("overrideSpecial"):
        pools = [str(override) if pool == CLASSES["special"] else pool for pool in pools]
    chosen = (pools[index % len(pools)] for index in range(int(creation.inputs["length"])))
    return "".join(
        pool[creation.number(len(pool), f"character {index}")] for index, pool in enumerate(chosen)
    )


def new_id(creation: Creation) -> str:
    match creation.type.rpartition(":")[2]:
        case "RandomPassword" | "RandomBytes":
            return "none"
        case "RandomPet":
            length = int(creation.inputs.get("length") or 2)
            words = [WORDS[creation.number(len(WORDS), f"word {index}")] for index in range(length)]
            separator = str(creation.inputs.get("separator") or "-")
            return separator.join(filter(None, [creation.inputs.get("prefix"), *words]))
        case "RandomUuid" | "RandomUuid4" | "RandomUuid7":
            return str(uuid.UUID(creation.hex(32)))
        case _:
            return creation.hex(16)


RESULTS: Mapping[str, Callable[[Creation, str], Mapping[str, Any]]] = {
    "RandomBytes": bytes_result,
    "RandomId": id_result,
    "RandomInteger": integer_result,
    "RandomPassword": password_result,
    "RandomShuffle": shuffle_result,
    "RandomString": string_result,
    "RandomUuid": uuid_result,
    "RandomUuid4": uuid_result,
    "RandomUuid7": uuid_result,
}
KIND = Kind(new_id, results, autoname=None)
