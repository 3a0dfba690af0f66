"""One operation of the API: what it takes and answers, and the door every request passes.

The same value routes the request, checks it and is written into the OpenAPI document, so the three cannot
disagree. At the door, in this order: key, scope, rate, content type, body, `Idempotency-Key`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, abort, g, request
from pydantic import BaseModel, ValidationError

from omni.domain.people import ApiClient, Scope
from omni.domain.published import digest
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import Caller
from omni.web import here
from omni.web.api import problems
from omni.web.api.fields import Answer, Body, Query
from omni.web.limiting import REQUESTS

if TYPE_CHECKING:
    from omni.app import Installation

LONGEST_KEY = 255

Model = TypeVar("Model", bound=BaseModel)


class KeyUse(StrEnum):
    """Whether an operation reads the `Idempotency-Key`."""

    REQUIRED = "required"
    WELCOME = "welcome"
    UNUSED = "unused"


@dataclass(frozen=True)
class Reply:
    """A request was done: the status and what is answered."""

    status: int
    answer: Answer
    is_replay: bool = False


@dataclass(frozen=True)
class Asked:
    """An admitted request: by whom, when, and with which key."""

    place: Installation
    now: datetime
    client: ApiClient
    key: str

    def caller(self, verb: str, document: Mapping[str, Any]) -> Caller:
        """The identity of this request; `document` is what it asks for, whatever the spelling of its body."""
        body_hash = digest({"verb": verb, **document})
        return Caller(client_name(self.client), self.key, body_hash, self.client.origin)


def client_name(client: ApiClient) -> str:
    """How facts name the client that made them."""
    return f"api:{client.id}"


@dataclass(frozen=True)
class Operation:
    """A method and path with everything that is known about it.

    `view` takes the Asked, the path's parts by name, and `body` or `query` where there is one. Any of
    `scopes` opens it. `answers` maps each status of success to what is answered: a model, one of several,
    or a media type.
    """

    method: str
    path: str
    summary: str
    view: Callable[..., Reply | Refused | Response]
    scopes: tuple[Scope, ...]
    answers: Mapping[int, type[Answer] | UnionType | str]
    body: type[Body] | None = None
    query: type[Query] | None = None
    key: KeyUse = KeyUse.UNUSED
    refusals: tuple[Reason, ...] = field(default=())

    @property
    def name(self) -> str:
        """The name of its view, also its `operationId`."""
        return self.view.__name__

    def __call__(self, **path: str) -> Response:
        """Answer the request at hand."""
        asked = self._admit()
        arguments: dict[str, object] = dict(path)
        if self.body is not None:
            arguments["body"] = _body(self.body)
        if self.query is not None:
            arguments["query"] = _query(self.query)
        self._check_key(asked.key)
        return _response(self.view(asked, **arguments))

    def _admit(self) -> Asked:
        place = here()
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        now = place.world.now()
        client = place.clients.holder_of(key.strip(), now) if scheme.lower() == "bearer" else None
        if client is None:
            denied = problems.problem(401, Reason.NOT_SIGNED_IN)
            denied.headers["WWW-Authenticate"] = 'Bearer realm="omni"'
            abort(denied)
        _count(place, client)
        if not {Scope.ADMIN, *self.scopes}.intersection(client.scopes):
            abort(problems.problem(403, Reason.NOT_ALLOWED, needs=[scope.value for scope in self.scopes]))
        return Asked(place, now, client, request.headers.get("Idempotency-Key", ""))

    def _check_key(self, key: str) -> None:
        if self.key is KeyUse.REQUIRED and not key:
            abort(problems.problem(422, Reason.KEY_REQUIRED))
        if self.key is not KeyUse.UNUSED and not _is_key(key):
            wrong = f"has more than {LONGEST_KEY} characters, or one that is not printable ASCII"
            abort(problems.invalid(("Idempotency-Key", wrong)))


def _is_key(text: str) -> bool:
    """Whether a text can be an `Idempotency-Key`; none at all can."""
    return len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()


def _count(place: Installation, client: ApiClient) -> None:
    """Count the request against its client's limit; whatever the answer, it will say how much is left."""
    name = client_name(client)
    wait = place.limiter.try_once(REQUESTS, name)
    left, reset = place.limiter.left(REQUESTS, name)
    g.rate_limit = {
        "RateLimit-Limit": str(REQUESTS.amount),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(reset),
    }
    if wait is not None:
        denied = problems.problem(429, Reason.TOO_MANY_ATTEMPTS)
        denied.headers["Retry-After"] = str(wait)
        abort(denied)


def _body(model: type[Body]) -> Body:
    if request.mimetype != "application/json":
        abort(problems.problem(415, Reason.UNSUPPORTED_MEDIA_TYPE))
    sent = request.get_data()
    return _parsed(lambda: model.model_validate_json(sent))


def _query(model: type[Query]) -> Query:
    return _parsed(lambda: model.model_validate(request.args.to_dict()))


def _parsed(parse: Callable[[], Model]) -> Model:
    try:
        return parse()
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_url=False, include_context=False)
        if errors[0]["type"] == "json_invalid":
            abort(problems.problem(400, Reason.MALFORMED))
        named = [(".".join(map(str, error["loc"])) or "body", error["msg"]) for error in errors]
        abort(problems.invalid(*named))


def _response(outcome: Reply | Refused | Response) -> Response:
    if isinstance(outcome, Response):
        return outcome
    if isinstance(outcome, Refused):
        return problems.refused(outcome)
    response = Response(outcome.answer.model_dump_json(), outcome.status, content_type="application/json")
    if outcome.is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return response
