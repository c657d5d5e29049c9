"""Requests' bodies are taken as JSON writes them: `"1"`, `0` and `false` are three things, and none is a date."""

from functools import cache
from typing import Any

from pydantic import BaseModel


def check_types(model: type[BaseModel], given: Any) -> Any:
    """What was given, for a validator that runs before a model's own; ValueError names the first field that differs.

    Only what stands there is compared with the kinds of JSON that the model's description names: pydantic would else
    take whatever can be read as a number or a time.
    """
    if isinstance(given, dict):
        for name, kinds in _kinds_of(model).items():
            if name in given and not _is_among(given[name], kinds):
                raise ValueError(f"{name}: must be {' or '.join(sorted(kinds))}")
    return given


@cache
def _kinds_of(model: type[BaseModel]) -> dict[str, frozenset[str]]:
    told = model.model_json_schema(by_alias=True)
    return {name: frozenset(kinds) for name, field in told["properties"].items() if (kinds := _kinds(field))}


def _kinds(field: dict[str, Any]) -> set[str]:
    """The kinds that a field may be; empty where its description leaves it open, or to another model."""
    if "type" in field:
        return {field["type"]}
    found = [_kinds(one) for one in field.get("anyOf", ())]
    return set().union(*found) if all(found) else set()


def _is_among(value: Any, kinds: frozenset[str]) -> bool:
    match value:
        case None:
            return "null" in kinds
        case bool():
            return "boolean" in kinds
        case int():
            return bool({"integer", "number"} & kinds)
        case float():
            return "number" in kinds or ("integer" in kinds and value.is_integer())
        case str():
            return "string" in kinds
        case list():
            return "array" in kinds
    return "object" in kinds
