"""The HTTP API under `/v1`, health, metrics and its documentation. Knows nothing of how answers are made.

Handlers are plain functions, which FastAPI runs in a pool of threads: a slow question holds up no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from assistant.answer import Answer
from corpus.catalogue import near_miss
from index.errors import SearchIndexError
from ingest.document import Box, Document
from ui import problems
from ui.feedback import FeedbackFile
from ui.guard import GuardMiddleware
from ui.metrics import MEDIA_TYPE as METRICS_MEDIA_TYPE
from ui.metrics import Metrics, MetricsMiddleware
from ui.page_images import (
    DEFAULT_WIDTH,
    MAX_WIDTH,
    MIN_WIDTH,
    PageImageCache,
    PageImageError,
    render_page,
)
from ui.problems import FieldError, Problem
from ui.schemas import (
    AskReply,
    AskRequest,
    DocumentDetail,
    DocumentsReply,
    FeedbackReply,
    FeedbackRequest,
    SearchReply,
    SearchRequest,
    document_detail,
)
from ui.service import Library, Service

API_VERSION = "1"
PROBLEM: dict[str, Any] = {"content": {problems.MEDIA_TYPE: {}}}
MAX_SPANS = 50
Spans = Annotated[list[Annotated[int, Field(ge=0)]], Query(max_length=MAX_SPANS)]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]


def create_app(service: Service, metrics: Metrics | None = None) -> FastAPI:
    """The application that serves `service`: everything but the chat page."""
    app = FastAPI(
        title="Lotsen",
        version=API_VERSION,
        summary="Answers from care guidance, each sentence with its exact source.",
        docs_url=None,
        redoc_url=None,
    )
    metrics = metrics or Metrics()
    problems.install(app)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(GuardMiddleware)
    _add_questions(app, service, metrics)
    _add_documents(app, service)
    _add_health(app, service, metrics)
    _add_docs(app)
    _add_unknown(app)
    return app


def _add_questions(app: FastAPI, service: Service, metrics: Metrics) -> None:
    feedback = FeedbackFile(service.data)

    def answer(request: AskRequest) -> Answer:
        context = request.to_context()
        context.filters.check(service.live.searcher.guidance)
        with metrics.answer_seconds.labels("api").time():
            found = service.ask(request.question, context)
        metrics.answers.labels(found.status.value, "api").inc()
        return found

    @app.post("/v1/ask", response_model=AskReply, responses={422: PROBLEM, 503: PROBLEM}, tags=["answers"])
    def ask(request: AskRequest) -> Response:
        """Answer a question with the sentences that answer it and where each stands."""
        return _json(AskReply.of(answer(request)))

    @app.post(
        "/v1/ask/stream",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}, 422: PROBLEM},
        tags=["answers"],
    )
    def ask_stream(request: AskRequest) -> StreamingResponse:
        """The same as server-sent events: `status`, `sentence`, `citation` and, with the whole reply, `done`.

        A sentence is sent only after it has passed its checks. A question that cannot be taken gets a
        problem before the stream begins.
        """
        reply = AskReply.of(answer(request))
        return StreamingResponse(_events(reply), media_type="text/event-stream")

    @app.post("/v1/search", response_model=SearchReply, responses={422: PROBLEM}, tags=["answers"])
    def search(request: SearchRequest) -> Response:
        """Ranked passages with each ranker's part, at most one for each page."""
        library = service.live.searcher
        filters = request.filters.to_filters()
        filters.check(library.guidance)
        hits = library.search(request.query, request.k, filters, one_per_page=True)
        return _json(SearchReply.of(hits, library, request.query))

    @app.post("/v1/feedback", status_code=201, responses={422: PROBLEM}, tags=["answers"])
    def judge(request: FeedbackRequest) -> FeedbackReply:
        """Keep a judgement of an answer."""
        feedback_id = feedback.append(
            answer_id=request.answer_id,
            helpful=request.helpful,
            reason=request.reason,
            needs_follow_up=request.needs_follow_up,
        )
        metrics.feedback.labels(str(request.helpful).lower()).inc()
        return FeedbackReply(id=feedback_id, stored=True)


def _json(reply: AskReply | SearchReply) -> Response:
    return Response(reply.model_dump_json(), media_type="application/json")


def _events(reply: AskReply) -> Iterator[str]:
    yield _event("status", json.dumps({"id": reply.id, "status": reply.status}))
    sent: set[int] = set()
    citations = {citation.number: citation for citation in reply.citations}
    for sentence in reply.sentences:
        yield _event("sentence", sentence.model_dump_json())
        for number in sentence.citations:
            if number not in sent:
                sent.add(number)
                yield _event("citation", citations[number].model_dump_json())
    for number, citation in citations.items():
        if number not in sent:
            yield _event("citation", citation.model_dump_json())
    yield _event("done", reply.model_dump_json())


def _event(name: str, data: str) -> str:
    # JSON holds no raw line break, so that one `data:` line is enough.
    return f"event: {name}\ndata: {data}\n\n"


def _add_documents(app: FastAPI, service: Service) -> None:
    images = PageImageCache()

    @app.get("/v1/documents", tags=["documents"])
    def documents() -> DocumentsReply:
        """Every document of the index."""
        return DocumentsReply.of(service.live.searcher, date.today())

    @app.get("/v1/documents/{document_id}", responses={404: PROBLEM}, tags=["documents"])
    def document(document_id: str) -> DocumentDetail:
        """One document with its pages."""
        library = service.live.searcher
        return document_detail(_document(library, document_id), library, date.today())

    @app.head("/v1/documents/{document_id}/file", include_in_schema=False)
    @app.get(
        "/v1/documents/{document_id}/file",
        response_class=FileResponse,
        responses={200: {"content": {"application/pdf": {}}}, 404: PROBLEM},
        tags=["documents"],
    )
    def file(document_id: str) -> FileResponse:
        """The PDF, shown in place; add `#page=17` to open it there. Ranges are supported."""
        library = service.live.searcher
        path = library.pdf_path(_known(library, document_id))
        return FileResponse(
            path,
            media_type="application/pdf",
            filename=f"{document_id}.pdf",
            content_disposition_type="inline",
            headers={"Cache-Control": "private, no-cache"},
        )

    @app.get(
        "/v1/documents/{document_id}/pages/{page}.png",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, 404: PROBLEM, 422: PROBLEM},
        tags=["documents"],
    )
    def page_image(
        request: Request,
        document_id: str,
        page: int,
        start: Spans = [],  # noqa: B006  (FastAPI copies it)
        end: Spans = [],  # noqa: B006
        width: Annotated[int, Query(ge=MIN_WIDTH, le=MAX_WIDTH)] = DEFAULT_WIDTH,
        v: Annotated[str | None, Query(description="Start of the file's digest: cache for good")] = None,
    ) -> Response:
        """The page as an image, with the words of `[start, end)` marked; both may be given several times."""
        library = service.live.searcher
        found = _document(library, document_id)
        boxes = _boxes(found, page, start, end)
        spans = "_".join(f"{a}-{b}" for a, b in zip(start, end, strict=True))
        etag = f'"{found.digest[:20]}.{page}.{spans}.{width}"'
        # Without the digest in its address an image may change when its document does.
        lasting = v is not None and len(v) >= 8 and found.digest.startswith(v)
        age = "max-age=31536000, immutable" if lasting else "no-cache"
        headers = {"ETag": etag, "Cache-Control": f"private, {age}"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        image = images.get(etag)
        if image is None:
            image = _draw(library, document_id, page, boxes, width)
            images.put(etag, image)
        return Response(image, media_type="image/png", headers=headers)


def _known(library: Library, document_id: str) -> str:
    if document_id not in library.guidance:
        hint = near_miss(document_id, tuple(sorted(library.guidance))).partition("Allowed:")[0]
        detail = f'There is no document "{document_id}". {hint}GET /v1/documents lists them.'
        raise Problem(404, "no-such-document", detail)
    return document_id


def _document(library: Library, document_id: str) -> Document:
    return library.document(_known(library, document_id))


def _boxes(document: Document, page: int, starts: list[int], ends: list[int]) -> list[Box]:
    if not 1 <= page <= len(document.pages):
        detail = f"{document.id} has the pages 1 to {len(document.pages)}, not {page}."
        raise Problem(404, "no-such-page", detail)
    if len(starts) != len(ends):
        raise _bad_span(f"{len(starts)} start and {len(ends)} end were given; each needs the other.")
    return [box for start, end in zip(starts, ends, strict=True) for box in _span(document, page, start, end)]


def _span(document: Document, page: int, start: int, end: int) -> list[Box]:
    if not start < end <= len(document.text):
        raise _bad_span(f"[{start}, {end}) is no span: start < end <= {len(document.text)} must hold.")
    parts = document.split_by_page(start, end)
    boxes = [box for on, a, b in parts if on.number == page for box in document.layout.rectangles(a, b)]
    if not any(on.number == page for on, _, _ in parts):
        where = ", ".join(str(on.number) for on, _, _ in parts) or "no page"
        raise _bad_span(f"[{start}, {end}) stands on page {where}, not on page {page}.")
    return boxes


def _bad_span(detail: str) -> Problem:
    return Problem(422, "invalid-request", detail, [FieldError("start", detail)])


def _draw(library: Library, document_id: str, page: int, boxes: list[Box], width: int) -> bytes:
    password = library.guidance[document_id].password
    try:
        return render_page(library.pdf_path(document_id), page, boxes, width=width, password=password)
    except PageImageError as error:
        raise Problem(500, "page-not-drawn", f"{error} Ingest the document again.") from error


def _add_health(app: FastAPI, service: Service, metrics: Metrics) -> None:
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """Whether the process is alive."""
        return {"status": "alive"}

    @app.get("/readyz", responses={503: {}}, tags=["health"])
    def readyz() -> Response:
        """Whether questions can be answered: the index, the database and the generator, one by one."""
        checks = {"database": "none configured", "generator": "extractive"}
        try:
            library = service.live.searcher
        except SearchIndexError as error:
            return JSONResponse({"status": "not ready", "checks": checks | {"index": str(error)}}, 503)
        index = f"version {library.version}, {len(library.guidance)} documents"
        return JSONResponse({"status": "ready", "checks": checks | {"index": index}})

    @app.get("/metrics", tags=["health"])
    def expose() -> Response:
        """Counters and latencies for Prometheus."""
        library = service.live.searcher
        body = metrics.expose(library.version, len(library.guidance))
        return Response(body, media_type=METRICS_MEDIA_TYPE)


def _add_docs(app: FastAPI) -> None:
    # Swagger UI is served from an installed package, so that the page loads nothing from the network.
    swagger = Path(str(resources.files("fastapi_offline"))) / "static"
    app.mount("/docs-assets", StaticFiles(directory=swagger), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Lotsen API",
            swagger_js_url="/docs-assets/swagger-ui-bundle.js",
            swagger_css_url="/docs-assets/swagger-ui.css",
            swagger_favicon_url="/docs-assets/favicon.png",
        )


def _add_unknown(app: FastAPI) -> None:
    """Answer for what is not there, before the page mounted at `/` would."""

    @app.api_route("/v1", methods=METHODS, include_in_schema=False)
    @app.api_route("/v1/{rest:path}", methods=METHODS, include_in_schema=False)
    def unknown(request: Request) -> Response:
        allowed: set[str] = set()
        for route in app.routes:
            if route.matches(request.scope)[0] is Match.PARTIAL:
                allowed |= getattr(route, "methods", set())
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)
