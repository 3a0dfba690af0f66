"""The API's document is valid, complete, and says what the program does."""

import re

import pytest
from flask import Flask
from openapi_spec_validator import validate

from omni.domain.refusal import Reason
from omni.web import api
from omni.web.api import openapi
from omni.web.api.operation import KeyUse, Operation
from omni.web.api.operations import OPERATIONS

by_name = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


@pytest.fixture
def routed() -> Flask:
    """An application with the API and nothing else."""
    app = Flask("routes")
    app.register_blueprint(api.pages)
    return app


def test_the_document_is_valid_openapi() -> None:
    validate(openapi.document())


def test_every_route_is_documented_and_every_document_routed(routed: Flask) -> None:
    routes = {
        (method, re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")))
        for rule in routed.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint not in ("api.openapi", "api.docs")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {
        (method.upper(), path) for path, methods in openapi.document()["paths"].items() for method in methods
    }
    assert routes == documented


def test_no_two_operations_have_one_name() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


@by_name
def test_an_operation_says_what_it_does_and_who_may(operation: Operation) -> None:
    assert operation.view.__doc__
    assert operation.scopes
    assert operation.summary[0].isupper()
    assert not operation.summary.endswith(".")


@by_name
def test_only_a_post_takes_a_body_or_a_key(operation: Operation) -> None:
    is_post = operation.method == "POST"
    assert (operation.body is not None) is is_post
    assert operation.key is KeyUse.UNUSED or is_post


def test_the_contracts_keys_are_required() -> None:
    required = {operation.name for operation in OPERATIONS if operation.key is KeyUse.REQUIRED}
    assert required == {"claim_code", "redeem_voucher", "reserve_codes", "reverse_redemption"}


def test_every_body_refuses_what_it_does_not_know() -> None:
    schemas = openapi.document()["components"]["schemas"]
    bodies = [operation.body.__name__ for operation in OPERATIONS if operation.body]
    assert all(schemas[name]["additionalProperties"] is False for name in bodies)


def test_every_whole_number_in_a_body_has_bounds() -> None:
    for name, schema in openapi.document()["components"]["schemas"].items():
        if schema.get("additionalProperties") is not False:
            continue
        for field, value in schema["properties"].items():
            for part in value.get("anyOf", [value]):
                if part.get("type") == "integer":
                    assert {"minimum", "maximum"} <= set(part), f"{name}.{field}"
                if part.get("type") == "string" and "format" not in part and "pattern" not in part:
                    assert "maxLength" in part, f"{name}.{field}"


def test_every_reason_given_has_a_place_on_the_page_of_reasons() -> None:
    given = {reason for operation in OPERATIONS for reason in openapi.reasons_of(operation)}
    assert given <= set(Reason)
    assert {Reason.EXHAUSTED, Reason.NOT_UNLOCKED, Reason.KEY_REQUIRED, Reason.STORE_BUSY} <= given
