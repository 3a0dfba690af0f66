"""What machines say to Omni: till systems and web shops, with a key, in JSON.

Read `operations` first: it is the table of everything that can be asked.
"""

from __future__ import annotations

from flask import Blueprint, Response, g

from omni.domain.refusal import BadInput, Unknown
from omni.web.api import docs, problems
from omni.web.api.operations import OPERATIONS
from omni.web.statuses import status_of

pages = Blueprint("api", __name__, url_prefix="/api/v1")

for _operation in OPERATIONS:
    pages.add_url_rule(_operation.path, _operation.name, _operation, methods=[_operation.method])
pages.add_url_rule("/openapi.json", "openapi", docs.show_document)
pages.add_url_rule("/docs", "docs", docs.show_docs)


@pages.errorhandler(BadInput)
def _bad_input(error: BadInput) -> Response:
    if status_of(error.reason) == 422:
        return problems.invalid((error.where, error.message))
    return problems.problem(status_of(error.reason), error.reason)


@pages.errorhandler(Unknown)
def _unknown(error: Unknown) -> Response:
    return problems.problem(status_of(error.reason), error.reason)


@pages.after_request
def _sign(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", problems.request_id())
    response.headers.extend(g.get("rate_limit", {}))
    return response
