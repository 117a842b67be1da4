"""What the service counts, for Prometheus. Knows nothing of what is asked: no label holds a user's words."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0)


class Metrics:
    """Counters in a registry of their own, so that two services in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "lotsen_requests", "Requests to the API", ("method", "route", "code"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "lotsen_request_seconds", "Time to a reply", ("route",), buckets=SECONDS, registry=self.registry
        )
        self.answers = Counter(
            "lotsen_answers", "Questions by how they ended", ("status", "by"), registry=self.registry
        )
        self.answer_seconds = Histogram(
            "lotsen_answer_seconds", "Time to an answer", ("by",), buckets=SECONDS, registry=self.registry
        )
        self.feedback = Counter(
            "lotsen_feedback", "Judgements of answers", ("helpful",), registry=self.registry
        )
        self.documents = Gauge("lotsen_index_documents", "Documents in the index", registry=self.registry)
        self.index = Gauge(
            "lotsen_index_info", "The index being served", ("version",), registry=self.registry
        )

    def expose(self, index_version: str, documents: int) -> bytes:
        """The text that Prometheus reads, with the index as it is now."""
        self.index.clear()
        self.index.labels(index_version).set(1)
        self.documents.set(documents)
        return generate_latest(self.registry)


class MetricsMiddleware:
    """Counts each request of the API by its route's template; pages and their files are not counted."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count it when its reply has been sent."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        started, code = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.requests.labels(scope["method"], route, code).inc()
            self._metrics.request_seconds.labels(route).observe(time.perf_counter() - started)
