"""The portal's own server: `python -m portal.serve`.

One parent holds the listening socket and starts children: web processes that share the socket, and one process for
background work. The parent opens no database, so no connection ever crosses a fork. A child that dies is started
again after a growing pause. At SIGTERM or Ctrl+C nobody new is let in and requests in flight are finished.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import logging
import mmap
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any, cast

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from portal.settings import SettingsError, read_settings

DEFAULT_ADDRESS = "127.0.0.1:8000"
THREADS = 8
CONNECTIONS = 400
MOST_FILES_IN_A_FORM = 5
ROOM_FOR_WORDS = 4 * 1024 * 1024

# Requests in flight get this long; the parent waits a little longer before it ends a child that hangs.
DRAIN_SECONDS = 10.0
STOP_SECONDS = 13.0
# While stopping: a client halfway through sending may be silent this long, one that only holds a line this long.
PATIENCE_HALF_SENT = 2.0
PATIENCE_IDLE = 0.2

# How long a process with more connections than another leaves a newcomer to that other one.
LEAVE_TO_OTHERS = 0.002

LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0

_PLAIN_ERROR_HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(), camera=(), microphone=(), payment=()"),
    ("Cache-Control", "no-store"),
]


class CannotServe(RuntimeError):
    """Why the portal cannot start, in one sentence for the person who started it."""


@dataclass
class Child:
    """One process that the parent keeps alive."""

    name: str
    work: Callable[[], None]
    process: int | None = None
    started: float = 0.0
    start_at: float = 0.0
    deaths: int = 0


class Tally:
    """How many connections each web process holds, in memory that all of them share.

    Without it the process that wakes first takes every connection of a burst and keeps it, while another is idle.
    """

    def __init__(self, processes: int) -> None:
        self._count = struct.Struct("i")
        self._memory = mmap.mmap(-1, processes * self._count.size)
        self._places = range(processes)

    def note(self, place: int, connections: int) -> None:
        """Write down what the process at this place holds."""
        self._count.pack_into(self._memory, place * self._count.size, connections)

    def is_busiest(self, place: int) -> bool:
        """Does any other process hold fewer connections?"""
        held = [self._count.unpack_from(self._memory, each * self._count.size)[0] for each in self._places]
        return bool(held[place] > min(held))


# --- a web process -----------------------------------------------------------------------------------------------


class _Answer(WSGITask):
    def build_response_header(self) -> bytes:
        """While stopping, tell the client to open its next connection elsewhere."""
        if not self.channel.server.accepting:
            self.set_close_on_finish()
        return cast(bytes, super().build_response_header())


class _PlainError(ErrorTask):
    def build_response_header(self) -> bytes:
        """What is refused before the portal sees it (a garbled request, too large a one) is sent as safely."""
        self.response_headers.extend(_PLAIN_ERROR_HEADERS)
        return cast(bytes, super().build_response_header())


class _Line(HTTPChannel):
    task_class = _Answer
    error_task_class = _PlainError


class _Door(TcpWSGIServer):
    channel_class = _Line
    tally: Tally
    place: int

    def handle_accept(self) -> None:
        """Let in one who waits, unless another process that holds fewer connections is quicker."""
        self.tally.note(self.place, len(self.active_channels))
        if self.accepting and self.tally.is_busiest(self.place):
            time.sleep(LEAVE_TO_OTHERS)
        super().handle_accept()
        self.tally.note(self.place, len(self.active_channels))


def serve_web(listener: socket.socket, app: Any, ready: Callable[[], None], tally: Tally, place: int) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those in flight and return."""
    sockets: dict[int, Any] = {}
    server = _web_server(listener, app, sockets)
    server.tally, server.place = tally, place
    tally.note(place, 0)
    stopping = _on_stop(server.pull_trigger)
    ready()
    while not stopping:
        wasyncore.loop(timeout=30, use_poll=True, map=sockets, count=1)
    _stop_listening(server)
    _drain(server, sockets)


def _web_server(listener: socket.socket, app: Any, sockets: dict[int, Any]) -> _Door:
    settings = read_settings()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    adjustments = Adjustments(
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=30,
        cleanup_interval=5,
        max_request_header_size=64 * 1024,
        max_request_body_size=settings["UPLOAD_LIMIT"] * MOST_FILES_IN_A_FORM + ROOM_FOR_WORDS,
        ident=None,
        # Behind a trusted proxy the portal itself reads these headers; otherwise nobody may see a forged one.
        clear_untrusted_proxy_headers=not settings["TRUSTED_PROXY"],
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(adjustments.threads)
    where = (listener.family, listener.type, listener.proto, listener.getsockname())
    return _Door(app, sockets, True, listener, dispatcher, adjustments, where, bind_socket=False)


def _on_stop(wake: Callable[[], None]) -> list[int]:
    """A list that is no longer empty once SIGTERM or SIGINT has come."""
    seen: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return seen


def _stop_listening(server: _Door) -> None:
    """Take in everybody who already stands at the door, then close it: those would be turned away otherwise."""
    server.accepting = False
    before = -1
    while before < len(server.active_channels) < CONNECTIONS:
        before = len(server.active_channels)
        server.handle_accept()
    wasyncore.dispatcher.close(server)


def _drain(server: _Door, sockets: dict[int, Any]) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    while server.active_channels and time.monotonic() < deadline:
        wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)
        for line in list(server.active_channels.values()):
            if _is_done(line):
                line.will_close = True
    server.task_dispatcher.shutdown(timeout=1)


def _is_done(line: HTTPChannel) -> bool:
    """Nothing is being answered on this line, and its client has been silent for long enough."""
    if line.requests or line.total_outbufs_len:
        return False
    patience = PATIENCE_HALF_SENT if line.request else PATIENCE_IDLE
    return time.time() - line.last_activity > patience


# --- the parent --------------------------------------------------------------------------------------------------


def keep_alive(children: list[Child], listener: socket.socket, ready_end: int, address: str) -> int:
    """Start the children, start those again that die, stop them all when asked to; the parent's whole life."""
    stopping = _on_stop(lambda: None)
    announced = failed = False
    while not stopping and not failed:
        for child in children:
            if child.process is None and time.monotonic() >= child.start_at:
                _start(child)
        if _is_readable(ready_end) and not announced:
            announced = True
            _say(f"The portal is at {address} (stop it with Ctrl+C).")
        fallen = _reap(children)
        failed = bool(fallen) and not announced
        for child, status in fallen:
            _plan_restart(child, status, quiet=failed or bool(stopping))
    # The parent's copy of the socket would keep the door open after the children have closed theirs.
    listener.close()
    if failed:
        _say("The portal could not start; the reason stands above.")
    _stop(children)
    return 1 if failed else 0


def _start(child: Child) -> None:
    parent = os.getpid()
    child.started = time.monotonic()
    child.process = os.fork() or None
    if child.process is None:
        sys.exit(_live(child, parent))


def _live(child: Child, parent: int) -> int:
    """The child's side of the fork; returns its exit code."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    _end_with(parent)
    _give_back_large_blocks()
    try:
        child.work()
    except CannotServe as reason:
        _say(str(reason))
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _end_with(parent: int) -> None:
    """Ask Linux to send SIGTERM should the parent be killed, so that no child outlives it."""
    if sys.platform.startswith("linux"):
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:
            raise SystemExit(0)


def _give_back_large_blocks() -> None:
    """Let glibc return what a password's hash needs (19 MB) at once; by itself each thread would keep it for good."""
    if hasattr(ctypes.CDLL(None), "mallopt"):
        largest_block_kept = -3
        ctypes.CDLL(None).mallopt(largest_block_kept, 1024 * 1024)


def _is_readable(end: int) -> bool:
    """Wait a moment for a child's word that it is ready, and take it out of the pipe."""
    readable, _, _ = select.select([end], [], [], 0.25)
    return bool(readable and os.read(end, 64))


def _reap(children: list[Child]) -> list[tuple[Child, int]]:
    fallen = []
    for child in children:
        if child.process is not None:
            process, status = os.waitpid(child.process, os.WNOHANG)
            if process:
                child.process = None
                fallen.append((child, os.waitstatus_to_exitcode(status)))
    return fallen


def _plan_restart(child: Child, status: int, *, quiet: bool) -> None:
    # Whoever is killed from outside has done nothing wrong; only those that fall by themselves wait longer and longer.
    innocent = status == -signal.SIGKILL or time.monotonic() - child.started > HEALTHY_AFTER
    child.deaths = 1 if innocent else child.deaths + 1
    pause = min(LONGEST_PAUSE, 0.5 * 2 ** (child.deaths - 1))
    child.start_at = time.monotonic() + pause
    if not quiet:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with code {status}"
        _say(f"The {child.name} {how}; it starts again in {pause:g} s.")


def _stop(children: list[Child]) -> None:
    _send(children, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(child.process for child in children) and time.monotonic() < deadline:
        _reap(children)
        time.sleep(0.05)
    for child in children:
        if child.process:
            _say(f"The {child.name} did not stop within {STOP_SECONDS:g} s and is ended now.")
    _send(children, signal.SIGKILL)


def _send(children: list[Child], number: signal.Signals) -> None:
    for child in children:
        if child.process:
            os.kill(child.process, number)


# --- the command -------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Serve the portal until told to stop; returns the exit code."""
    options = _options(arguments)
    try:
        read_settings()
        processes = _process_count()
        listener, address = listen(os.environ.get("PORTAL_BIND") or DEFAULT_ADDRESS)
    except (CannotServe, SettingsError) as reason:
        _say(str(reason))
        return 1
    ready_end, word_end = os.pipe()

    tally = Tally(processes)

    def web(place: int) -> None:
        serve_web(listener, _find(options.app), lambda: _tell(word_end), tally, place)

    def background() -> None:
        listener.close()
        _find(options.worker)(_find(options.app))

    children = [Child(f"web process {place + 1}", partial(web, place)) for place in range(processes)]
    if not options.no_worker:
        children.append(Child("background worker", background))
    return keep_alive(children, listener, ready_end, address)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m portal.serve",
        description="Serve the portal and do its background work. PORTAL_BIND is the address "
        f"({DEFAULT_ADDRESS}), PORTAL_WEB_PROCESSES the number of web processes (2).",
    )
    parser.add_argument("--app", default="wsgi:app", help="the application, as module:name")
    parser.add_argument("--worker", default="portal.jobs:run_worker", help="the background work, as module:name")
    parser.add_argument("--no-worker", action="store_true", help="web pages only; the worker runs elsewhere")
    return parser.parse_args(arguments)


def listen(bind: str) -> tuple[socket.socket, str]:
    """The listening socket for `host:port` and the address that a browser would use."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or int(port) > 65535:
        raise CannotServe(f"PORTAL_BIND must look like {DEFAULT_ADDRESS}, not “{bind}”.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Cannot listen on {bind}: {error.strerror or error}. "
            "Stop what uses it, or choose another with PORTAL_BIND=127.0.0.1:8001."
        ) from error
    listener.setblocking(False)
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def _process_count() -> int:
    text = os.environ.get("PORTAL_WEB_PROCESSES") or "2"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 64:
        raise CannotServe(f"PORTAL_WEB_PROCESSES must be a whole number from 1 to 64, not “{text}”.")
    return int(text)


def _find(place: str) -> Any:
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except SettingsError as reason:
        raise CannotServe(str(reason)) from reason


def _tell(word_end: int) -> None:
    """Tell the parent that this process is ready; a full pipe or a parent that has left is no reason to stop."""
    try:
        os.write(word_end, b".")
    except OSError:
        logging.getLogger(__name__).debug("nobody hears that this process is ready")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
