"""`lotsen serve`: the API and the chat page on one port. Knows nothing of what is served."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.progress import progress_bar
from ui.settings import Settings
from ui.texts import COMMANDS

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
SHUTDOWN_SECONDS = 3


class ServeError(Exception):
    """The service cannot be started there; the message says why and what would do."""


def serve(
    host: Annotated[str, typer.Option(help=COMMANDS["serve.host"])] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help=COMMANDS["serve.port"])] = DEFAULT_PORT,
    index: Annotated[Path | None, typer.Option(help=COMMANDS["index"])] = None,
) -> None:
    """Serve the chat page and the API, building the index of the starter corpus first if there is none."""
    from ui.wiring import build_service, ensure_index

    settings = Settings.from_environment().with_index(index)
    # The port is taken before the slow part, so that a clash is told at once.
    with listen(host, port) as listener:
        with progress_bar() as progress:
            report = ensure_index(settings, progress)
        if report is not None:
            typer.echo(COMMANDS["serve.built"].format(pages=report.pages, index=settings.index), err=True)
        service = build_service(settings)

        import uvicorn

        from ui.api import create_app
        from ui.chat import mount_chat
        from ui.metrics import Metrics

        metrics = Metrics()
        app = create_app(service, metrics)
        mount_chat(app, service, metrics)
        address = f"http://{_shown(host)}:{listener.getsockname()[1]}"
        typer.echo(COMMANDS["serve.ready"].format(address=address), err=True)
        config = uvicorn.Config(
            app, log_level=settings.log_level, timeout_graceful_shutdown=SHUTDOWN_SECONDS, ws="none"
        )
        # Uvicorn raises Ctrl+C again after it has shut down in order: nothing is left to interrupt.
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run([listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket listening on a loopback address. Raises `ServeError` for any other host or a port in use."""
    address = _loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Named as TCP, or asyncio does not set TCP_NODELAY and each reply waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = "serve.port_in_use" if error.errno == errno.EADDRINUSE else "serve.port_refused"
        raise ServeError(COMMANDS[reason].format(host=host, port=port, error=error.strerror)) from error
    return listener


def _loopback(host: str) -> str:
    if host == "localhost":
        return DEFAULT_HOST
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise ServeError(COMMANDS["serve.not_loopback"].format(host=host))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
