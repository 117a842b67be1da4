"""What every reply and request must keep to: nothing from other hosts, no huge bodies. Knows no routes.

The content security policy makes the browser itself refuse to load anything that this service did
not send, whatever a page or a document may contain.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.problems import Problem, problem_response

MAX_BODY_BYTES = 1_000_000

# Gradio and Swagger UI need inline scripts; Gradio compiles its templates in the browser.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class GuardMiddleware:
    """Adds the headers above and refuses bodies above `MAX_BODY_BYTES`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > MAX_BODY_BYTES:
            detail = f"The body is {length} bytes; at most {MAX_BODY_BYTES} are taken."
            response = problem_response(Request(scope), Problem(413, "too-large", detail))
            await response(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)
