"""The API for people to read: the same document, as one page without a script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Response

from omni.domain.refusal import Reason
from omni.present.locales import SOURCE, speaking
from omni.present.wording import sentence
from omni.web.api import openapi
from omni.web.api.examples import Example, examples
from omni.web.api.operations import OPERATIONS
from omni.web.api.plain_pages import page
from omni.web.statuses import status_of


@dataclass(frozen=True)
class _Field:
    name: str
    kind: str
    is_required: bool
    note: str


@dataclass(frozen=True)
class _Shape:
    about: str
    fields: list[_Field]


def show_document() -> Response:
    """The OpenAPI document."""
    return Response(json.dumps(openapi.document(), ensure_ascii=False), content_type="application/json")


def show_docs() -> Response:
    """The operations with their fields, and every reason with its status and sentence. In English."""
    with speaking(SOURCE):
        reasons = [(reason, status_of(reason), sentence(reason, audience="staff")) for reason in Reason]
    document = openapi.document()
    return page(
        "api/docs.html",
        document=document,
        operations=[(each, openapi.reasons_of(each), examples().get(each.name, ())) for each in OPERATIONS],
        curl=_curl,
        written=_written,
        schemas={name: _shape(schema) for name, schema in document["components"]["schemas"].items()},
        reasons=sorted(reasons, key=lambda row: (row[1], row[0])),
    )


def _curl(example: Example, server: str) -> str:
    """The request as a person types it."""
    lines = [f"curl -X {example.method} '{server}{example.path}'", "-H 'Authorization: Bearer omni_live_...'"]
    if example.key:
        lines.append(f"-H 'Idempotency-Key: {example.key}'")
    if example.body is not None:
        lines.append(f"--json '{json.dumps(example.body, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _written(answer: object) -> str:
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _shape(schema: dict[str, Any]) -> _Shape:
    required = schema.get("required", ())
    fields = [
        _Field(name, _kind(field), name in required, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]
    return _Shape(schema.get("description", ""), fields)


def _kind(field: dict[str, Any]) -> str:
    """A JSON schema in a few words: `list of SpentLine`, `string or null, at most 96`."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_kind(part) for part in field["anyOf"])
    if "const" in field:
        return json.dumps(field["const"])
    if "enum" in field:
        return " or ".join(map(json.dumps, field["enum"]))
    if field.get("type") == "array":
        return f"list of {_kind(field['items'])}"
    longest = f", at most {field['maxLength']}" if "maxLength" in field else ""
    return f"{field.get('format') or field.get('type', 'anything')}{longest}"
