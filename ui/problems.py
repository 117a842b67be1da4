"""Every error of the API as RFC 9457 `application/problem+json`. Knows nothing of what the API offers.

    {"type": "urn:lotsen:problem:invalid-request", "title": "…", "status": 422, "detail": "…",
     "instance": "/v1/ask", "errors": [{"field": "filters.kinds", "detail": "… Did you mean \\"law\\"? …"}]}

`detail` says what is wrong and the way out; `errors` names each field at fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.answer import QuestionError
from index.errors import NoIndex, SearchIndexError, UnknownFilter

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of the request, as a dotted path from its root."""

    field: str
    detail: str


class Problem(Exception):
    """An error that the caller is to see. `kind` becomes the last part of its `type`."""

    def __init__(self, status: int, kind: str, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.errors = status, kind, detail, tuple(errors)


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """The reply that tells `problem` to whoever made `request`."""
    body: dict[str, Any] = {
        "type": f"urn:lotsen:problem:{problem.kind}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
    }
    if problem.errors:
        body["errors"] = [{"field": error.field, "detail": error.detail} for error in problem.errors]
    return JSONResponse(body, problem.status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""

    def unreadable(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem_response(request, _from_validation(error))

    def from_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        response = problem_response(request, _from_http(error, request))
        response.headers.update(error.headers or {})
        return response

    def known(request: Request, error: Exception) -> JSONResponse:
        return problem_response(request, _from_known(error))

    def unexpected(request: Request, error: Exception) -> JSONResponse:
        # Starlette raises the error again after this reply, and the server logs it with its trace.
        detail = "Something went wrong inside Lotsen. The log of the service says what; please report it."
        return problem_response(request, Problem(500, "internal", detail))

    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, from_http)
    for kind in (Problem, QuestionError, SearchIndexError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(Exception, unexpected)


def _from_validation(error: RequestValidationError) -> Problem:
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        reason = details[0].get("ctx", {}).get("error", "")
        return Problem(400, "not-json", f"The body is not JSON in UTF-8: {reason}. Send an object.")
    errors = [FieldError(_field(detail["loc"]), _words(detail)) for detail in details]
    named = "; ".join(f"{e.field}: {e.detail}" if e.field else e.detail for e in errors)
    return Problem(422, "invalid-request", named, errors)


def _field(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location[1:])


def _words(detail: dict[str, Any]) -> str:
    if detail["type"] == "missing":
        return 'This field is required, for example {"question": "hur ofta ska man vända någon?"}.'
    if detail["type"] == "extra_forbidden":
        return "There is no such field. /docs lists those there are."
    if detail["type"] == "model_attributes_type":
        return "The body must be a JSON object, sent with Content-Type: application/json."
    return str(detail["msg"]).removeprefix("Value error, ")


def _from_http(error: HTTPException, request: Request) -> Problem:
    if error.status_code == 404:
        return Problem(404, "not-found", f"There is nothing at {request.url.path}. See /docs.")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return Problem(405, "method-not-allowed", f"{request.method} is not allowed here; use {allowed}.")
    if error.status_code == 400:
        detail = "The body cannot be read as JSON in UTF-8. Send an object."
        return Problem(400, "not-json", detail)
    return Problem(error.status_code, "http", str(error.detail))


def _from_known(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, QuestionError):
        return Problem(422, "unusable-question", str(error), [FieldError("question", str(error))])
    if isinstance(error, UnknownFilter):
        return Problem(422, "unknown-filter", str(error), [FieldError(f"filters.{error.name}", error.hint)])
    kind = "no-index" if isinstance(error, NoIndex) else "index-unusable"
    return Problem(503, kind, str(error))
