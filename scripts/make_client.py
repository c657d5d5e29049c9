"""Writes the typed part of the API's client out of the API's own description: `make client`.

Each schema that is answered becomes a frozen dataclass, each operation a method named as its operation id. What the
calls do over the line stands in api/client.py, by hand. A test compares the file with the description.
"""

import json
import keyword
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ROOT / "api" / "client_calls.py"
HEAD = '''"""What can be asked at /api, typed. Written by scripts/make_client.py (`make client`); nobody edits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import {typing}

from api.client_line import UNSET, Line, Unset

'''
_METHODS = ("get", "put", "post", "patch", "delete")
_PLAIN = {"number": "float", "integer": "int", "boolean": "bool", "null": "None"}
_FORMATS = {"date-time": "datetime", "date": "date"}


class Written:
    """One description, on its way to Python."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._schemas: dict[str, Any] = told["components"]["schemas"]
        self._names = _class_names(self._schemas)
        self._answered = set(self._reached(_answers(told)))

    def text(self) -> str:
        kinds = self._answered | set(self._reached(_inner_bodies(_bodies(self._told), self._schemas)))
        classes = sorted((self._class(name) for name in kinds), key=lambda text: (text[0] == "\n", text))
        calls = [self._call(path, method, told) for path, method, told in _operations(self._told)]
        about = '    """One method for each operation; what it takes and gives stands in the API\'s description."""\n'
        body = "\n\n".join(classes) + "\n\n\nclass Calls(Line):\n" + about + "\n" + "\n".join(filter(None, calls))
        return HEAD.format(typing="Any, Literal" if re.search(r"\bAny\b", body) else "Literal") + body

    # schemas

    def _reached(self, schemas: Iterator[Any]) -> Iterator[str]:
        waiting, seen = list(schemas), set()
        for schema in waiting:
            for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema)):
                if name not in seen:
                    seen.add(name)
                    waiting.append(self._schemas[name])
                    yield name

    def _class(self, name: str) -> str:
        schema = self._schemas[name]
        if "properties" not in schema and schema.get("type") != "object":
            return f"{self._names[name]} = {self._type(schema)}"
        fields = [self._field(field, told, schema, name) for field, told in schema.get("properties", {}).items()]
        about = [f'    """{_one_line(schema["description"])}"""', ""] if schema.get("description") else []
        head = ["@dataclass(frozen=True, kw_only=True)", f"class {self._names[name]}:"]
        return "\n".join(["", *head, *about, *(fields or ["    pass"])])

    def _field(self, name: str, told: dict[str, Any], schema: dict[str, Any], of: str) -> str:
        kind = self._type(told)
        if name not in schema.get("required", ()):
            kind = _or_none(kind) + " = None" if of in self._answered else _or_unset(kind)
        return f"    {_name(name)}: {kind}"

    def _type(self, schema: dict[str, Any]) -> str:
        match schema:
            case {"$ref": str(ref)}:
                return self._names[ref.rsplit("/", 1)[-1]]
            case {"anyOf": list(some)} | {"oneOf": list(some)}:
                kinds = [kind for one in some for kind in self._type(one).split(" | ")]
                return " | ".join(sorted(dict.fromkeys(kinds), key=lambda kind: kind == "None"))
            case {"enum": list(values)}:
                return f"Literal[{', '.join(json.dumps(value) for value in values)}]"
            case {"const": value}:
                return f"Literal[{json.dumps(value)}]"
            case {"type": "string"}:
                return _FORMATS.get(schema.get("format", ""), "str")
            case {"type": "array", "prefixItems": list(items)}:
                return f"tuple[{', '.join(map(self._type, items))}]"
            case {"type": "array"}:
                return f"tuple[{self._type(schema.get('items', {}))}, ...]"
            case {"type": "object"}:
                of = schema.get("additionalProperties")
                return f"dict[str, {self._type(of) if isinstance(of, dict) else 'Any'}]"
            case {"type": str(kind)}:
                return _PLAIN[kind]
        return "Any"

    # operations

    def _call(self, path: str, method: str, told: dict[str, Any]) -> str:
        answer = self._answer(told["responses"])
        if answer is None:
            return ""
        places = [p for p in told.get("parameters", ()) if p["in"] == "path"]
        queries = [p for p in told.get("parameters", ()) if p["in"] == "query"]
        headers = [p for p in told.get("parameters", ()) if p["in"] == "header"]
        takes = [f"{_name(p['name'])}: {self._type(p['schema'])}" for p in places]
        named = [self._argument(p["name"], p["schema"], is_needed=p.get("required", False)) for p in queries + headers]
        sends = [f'"{method.upper()}"', f"({_path(path)})", *([] if answer == "None" else [answer])]
        sends += [f"query={{{_pairs(queries)}}}"] if queries else []
        sends += [f"headers={{{_pairs(headers)}}}"] if headers else []
        before, more, body = self._body(told.get("requestBody"))
        takes, named = takes + before, sorted(named + more, key=lambda argument: " = " in argument)
        sends += [body] if body else []
        given = ", ".join(["self", *takes, *(["*", *named] if named else [])])
        does = "self.tell" if answer == "None" else "return self.ask"
        about = _one_line(told.get("description", "").split("\n\nScope:")[0]) or told["summary"] + "."
        return (
            f"    def {_snake(told['operationId'])}({given}) -> {answer}:\n"
            f'        """{about}"""\n        {does}({", ".join(sends)})\n'
        )

    def _answer(self, responses: dict[str, Any]) -> str | None:
        """What is answered; None for lines that go on, which the client follows in its own way."""
        found: dict[str, Any] = next((answer for status, answer in responses.items() if status[0] == "2"), {})
        for kind, told in found.get("content", {}).items():
            if kind == "text/event-stream":
                return None
            return self._type(told.get("schema", {})) if kind == "application/json" else "bytes"
        return "None"

    def _body(self, told: dict[str, Any] | None) -> tuple[list[str], list[str], str]:
        """The arguments before and after the star that make up a request's body, and how it is sent."""
        content = (told or {}).get("content", {})
        if pictures := [kind for kind in content if kind.startswith("image/")]:
            return ["content: bytes"], [f'content_type: str = "{pictures[0]}"'], "content=(content_type, content)"
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return [], [], ""
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[-1]]
        fields = schema["properties"]
        needed = schema.get("required", ())
        more = [self._argument(name, field, is_needed=name in needed) for name, field in fields.items()]
        return [], more, f"body={{{', '.join(f'{json.dumps(name)}: {_name(name)}' for name in fields)}}}"

    def _argument(self, name: str, schema: dict[str, Any], *, is_needed: bool) -> str:
        kind = self._type(schema)
        return f"{_name(name)}: {kind}" if is_needed else f"{_name(name)}: {_or_unset(kind)}"


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in told["paths"].items():
        for method in _METHODS:
            if method in operations and "operationId" in operations[method]:
                yield path, method, operations[method]


def _answers(told: dict[str, Any]) -> Iterator[Any]:
    for _, _, operation in _operations(told):
        yield from (answer for status, answer in operation["responses"].items() if status[0] == "2")


def _bodies(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for _, _, operation in _operations(told):
        yield operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        yield from (parameter["schema"] for parameter in operation.get("parameters", ()))


def _inner_bodies(bodies: Iterator[dict[str, Any]], schemas: dict[str, Any]) -> Iterator[Any]:
    """The fields of what is sent: the whole of it is taken apart into arguments, what lies in it is not."""
    for body in bodies:
        schema = schemas[body["$ref"].rsplit("/", 1)[-1]] if "$ref" in body else {}
        yield schema.get("properties", body)


def _class_names(schemas: dict[str, Any]) -> dict[str, str]:
    """By a schema's name, that of its class; where two modules have one of the same name, the module stands before."""
    found: dict[str, str] = {}
    for name in schemas:
        *modules, last = name.split("__")
        before = modules[-1].title().replace("_", "") if modules else ""
        found[name] = before + "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", last))
    return found


def _or_none(kind: str) -> str:
    return kind if kind.endswith("None") else f"{kind} | None"


def _or_unset(kind: str) -> str:
    some = [part for part in kind.split(" | ") if part != "None"]
    return " | ".join([*some, "Unset", *(["None"] if kind.endswith("None") else [])]) + " = UNSET"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _name(name: str) -> str:
    plain = name.replace("-", "_").lower()
    return plain + "_" if keyword.iskeyword(plain) else plain


def _path(path: str) -> str:
    parts = re.split(r"\{(\w+)(?::path)?\}", path)
    return ", ".join(_name(part) if i % 2 else json.dumps(part) for i, part in enumerate(parts) if part) + ","


def _pairs(parameters: list[dict[str, Any]]) -> str:
    return ", ".join(f"{json.dumps(p['name'])}: {_name(p['name'])}" for p in parameters)


def _one_line(text: str) -> str:
    first = re.split(r"(?<=[.;:])\s", " ".join(text.split()))[0].rstrip(";: ")
    first = shorten(first, 100, placeholder=" …").replace('"""', "'''").replace("\\", "\\\\")
    return first if first.endswith(".") or not first else first + "."


def formatted(text: str) -> str:
    """As ruff writes it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(WRITTEN), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def described() -> dict[str, Any]:
    """The description, from the app in a process of its own."""
    script = "import json, app; from api.health import api; print(json.dumps(api.openapi()))"
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"LASTSEEN_HOME": home}
        told = subprocess.run(
            [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
    return json.loads(told.stdout.splitlines()[-1])  # type: ignore[no-any-return]


if __name__ == "__main__":
    WRITTEN.write_text(formatted(Written(described()).text()), encoding="utf-8")
