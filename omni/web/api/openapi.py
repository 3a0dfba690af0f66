"""The OpenAPI 3.1 document, made from the table of operations and nothing else."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from omni.domain.refusal import Reason
from omni.web.api.examples import Example, examples
from omni.web.api.fields import Problem
from omni.web.api.operation import LONGEST_KEY, KeyUse, Operation
from omni.web.api.operations import OPERATIONS
from omni.web.api.problems import MEDIA_TYPE
from omni.web.statuses import status_of

VERSION = "1.0.0"
"""Of the API, not of the program: fields may be added in a minor version, nothing is ever renamed."""

_PART = re.compile(r"<(\w+)>")
_EVERYWHERE = (
    Reason.NOT_SIGNED_IN,
    Reason.NOT_ALLOWED,
    Reason.TOO_MANY_ATTEMPTS,
    Reason.STORE_BUSY,
    Reason.INTERNAL,
)
_WITH_A_BODY = (Reason.MALFORMED, Reason.TOO_LARGE, Reason.UNSUPPORTED_MEDIA_TYPE, Reason.INVALID_INPUT)

_ABOUT = """Print codes, unlock them, redeem vouchers, take redemptions back, and read the numbers.

Money is whole minor units with a currency; instants are RFC 3339. An answer that says no is
`application/problem+json` with a stable `code`. Wherever a voucher is taken, a code is understood, and the
other way round. Send an `Idempotency-Key` and ask again as often as you like: the first answer comes
again, with `Idempotency-Replayed: true`. A key that begins `omni_test_` meets test codes only, and nothing
it does counts."""


@cache
def document() -> dict[str, Any]:
    """The whole document; it is the same until the program changes."""
    schemas, definitions = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        path = paths.setdefault(_PART.sub(r"{\1}", operation.path), {})
        path[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Omni", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "omni_live_..."}},
        },
    }


def reasons_of(operation: Operation) -> list[Reason]:
    """Every reason an operation may give for a no, in the order of their statuses."""
    needs_input = operation.query is not None or operation.key is not KeyUse.UNUSED
    reasons = {
        *_EVERYWHERE,
        *operation.refusals,
        *(_WITH_A_BODY if operation.body else ()),
        *((Reason.INVALID_INPUT,) if needs_input else ()),
        *((Reason.KEY_REQUIRED,) if operation.key is KeyUse.REQUIRED else ()),
    }
    return sorted(reasons, key=lambda reason: (status_of(reason), reason))


def _schemas() -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """The schema of every model of the table, and what they refer to."""
    read: set[Any] = {model for each in OPERATIONS for model in (each.body, each.query) if model}
    told: set[Any] = {model for each in OPERATIONS for model in each.answers.values()}
    told = {Problem, *(model for model in told if not isinstance(model, str))}
    wanted: list[tuple[Any, Any, TypeAdapter[Any]]] = [
        *((model, "validation", TypeAdapter(model)) for model in read),
        *((model, "serialization", TypeAdapter(model)) for model in told),
    ]
    found, shared = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")
    return {key: schema for (key, _), schema in found.items()}, shared["$defs"]


def _described(operation: Operation, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.path.split("/")[1]],
        "summary": operation.summary,
        "description": f"{operation.view.__doc__} Scopes: {', '.join(operation.scopes)}.",
        "parameters": _parameters(operation, schemas),
        "responses": _responses(operation, schemas),
    }
    if operation.body is not None:
        content: dict[str, Any] = {"schema": schemas[operation.body]}
        sent = {each.slug: {"summary": each.summary, "value": each.body} for each in _distinct(operation)}
        if sent:
            content["examples"] = sent
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _distinct(operation: Operation) -> list[Example]:
    """The examples of an operation that sent a body nobody sent before."""
    found: list[Example] = []
    for each in examples().get(operation.name, ()):
        if each.body is not None and all(each.body != other.body for other in found):
            found.append(each)
    return found


def _parameters(operation: Operation, schemas: dict[Any, dict[str, Any]]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PART.findall(operation.path)
    ]
    if operation.key is not KeyUse.UNUSED:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": operation.key is KeyUse.REQUIRED,
                "schema": {"type": "string", "maxLength": LONGEST_KEY, **_needed(operation)},
            }
        )
    if operation.query is not None:
        schema = operation.query.model_json_schema()
        required = schema.get("required", ())
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": field}
            for name, field in schema["properties"].items()
        ]
    return parameters


def _needed(operation: Operation) -> dict[str, Any]:
    """What a key must be where one is required; elsewhere blanks alone are as good as none."""
    return {"minLength": 1, "pattern": "^[ -~]+$"} if operation.key is KeyUse.REQUIRED else {}


def _responses(operation: Operation, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in sorted(operation.answers.items()):
        content: Any = (
            ({answer: {}} if answer else {})
            if isinstance(answer, str)
            else {"application/json": {"schema": schemas[answer], **_answered(operation, status)}}
        )
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    if 201 in operation.answers:
        responses["200"]["headers"] = {"Idempotency-Replayed": {"schema": {"type": "string"}}}
    by_status: dict[int, list[str]] = {}
    for reason in reasons_of(operation):
        by_status.setdefault(status_of(reason), []).append(f"`{reason.value}`")
    for status, codes in by_status.items():
        content = {MEDIA_TYPE: {"schema": schemas[Problem], **_answered(operation, status)}}
        responses[str(status)] = {"description": ", ".join(codes), "content": content}
    return responses


def _answered(operation: Operation, status: int) -> dict[str, Any]:
    """What the operation answered with a status on the day of the examples."""
    told = [each for each in examples().get(operation.name, ()) if each.status == status]
    shown = {each.slug: {"summary": each.summary, "value": each.answer} for each in told}
    return {"examples": shown} if shown else {}
