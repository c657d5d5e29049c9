"""Requests' bodies are taken as JSON writes them: `"1"`, `0` and `false` are three things, and none is a date."""

from functools import cache
from typing import Any

from pydantic import BaseModel


def check_types(model: type[BaseModel], given: Any) -> Any:
    """What was given, for a validator that runs before a model's own; ValueError names the first field that differs.

    Only what stands there is compared with the kinds of JSON that the model's description names, in a list too:
    pydantic would else take whatever can be read as a number or a time. A field that is a model checks its own.
    """
    if isinstance(given, dict):
        for name, field in _fields_of(model).items():
            if name in given and not _fits(given[name], field):
                raise ValueError(f"{name}: must be {_in_words(field)}")
    return given


@cache
def _fields_of(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = model.model_json_schema(by_alias=True)["properties"]
    return fields


def _options(field: dict[str, Any]) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = field.get("anyOf", [field])
    return options


def _fits(value: Any, field: dict[str, Any]) -> bool:
    return any(_fits_one(value, option) for option in _options(field))


def _fits_one(value: Any, option: dict[str, Any]) -> bool:
    if "type" not in option:  # left open, or to another model
        return True
    if option["type"] == "array" and isinstance(value, list):
        return all(_fits(item, option.get("items", {})) for item in value)
    return option["type"] in _kinds(value)


def _kinds(value: Any) -> set[str]:
    match value:
        case None:
            return {"null"}
        case bool():
            return {"boolean"}
        case int():
            return {"integer", "number"}
        case float():
            return {"integer", "number"} if value.is_integer() else {"number"}
        case str():
            return {"string"}
        case list():
            return {"array"}
    return {"object"}


def _in_words(field: dict[str, Any]) -> str:
    return " or ".join(sorted(_option_in_words(option) for option in _options(field)))


def _option_in_words(option: dict[str, Any]) -> str:
    of = f" of {_in_words(option['items'])}" if option.get("items", {}).keys() & {"type", "anyOf"} else ""
    return f"{option.get('type', 'object')}{of}"
