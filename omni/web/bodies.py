"""The bodies of requests that were answered without being read."""

from flask import Flask, Response, current_app, request


def register(app: Flask) -> None:
    """Have every request read to its end."""
    app.after_request(_read_to_the_end)


def _read_to_the_end(response: Response) -> Response:
    """Read what nobody read: a till refused for its haste keeps its line, and asks again on it.

    A server closes the connection on a body that is left lying, and the next request dies of a broken pipe.
    What is longer than we ever take is left: there the closed line is the answer.
    """
    if request.environ.get("CONTENT_LENGTH", "0") in ("", "0"):
        return response
    length = request.content_length
    if length and length <= current_app.config["MAX_CONTENT_LENGTH"]:
        request.get_data(cache=False)
    return response
