"""What the benchmark measures with: real server processes, a client that signs in, the kernel's own counters."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
IDLE_AT_MOST = 10.0
"""Seconds after which a client opens a new connection: the server closes those that are silent for long."""
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Our own environment without settings of the portal or of Python, so that every run is alike."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "PYTHON"))}
    return kept | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"} | more


class Server:
    """One server, as it runs in earnest: a parent and its web processes."""

    def __init__(self, command: list[str], port: int, settings: Mapping[str, str]) -> None:
        self.port = port
        self._process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment(**settings), stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Server:
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"A server did not start: {self._process.communicate()[1]}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def workers(self) -> list[int]:
        """The processes that answer: the children, or the one process where there are none."""
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [int(number) for number in listed] or [self._process.pid]

    def resident(self) -> int:
        """The memory of the largest of its processes, in bytes."""
        return max(_resident(process) for process in self.workers())


def portal_server(settings: Mapping[str, str]) -> Server:
    """The portal's own server without its background work."""
    return _served("wsgi:app", settings)


def anchor_server(settings: Mapping[str, str]) -> Server:
    """The bare page in the same server."""
    return _served("anchor:app", settings)


def _served(app: str, settings: Mapping[str, str]) -> Server:
    port = free_port()
    return Server(
        ["-m", "portal.serve", "--app", app, "--no-worker"], port, {"PORTAL_BIND": f"127.0.0.1:{port}", **settings}
    )


def bare_server(settings: Mapping[str, str]) -> Server:
    """The bare page in a process that has not imported the portal, for its memory."""
    port = free_port()
    return Server(["-m", "waitress", f"--listen=127.0.0.1:{port}", "--threads=8", "anchor:app"], port, settings)


def processor_time(processes: Iterable[int]) -> float:
    """Seconds that all threads of these processes have spent on a processor, to the nanosecond."""
    return sum(
        int((task / "schedstat").read_text().split()[0])
        for process in processes
        for task in Path(f"/proc/{process}/task").iterdir()
    ) / 1e9  # fmt: skip


def _resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


class Client:
    """A browser with one connection and its cookies."""

    def __init__(self, port: int) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._token: str | None = None
        self._used_at = time.monotonic()

    def get(self, path: str) -> tuple[int, bytes]:
        return self._send("GET", path, None)

    def post(self, path: str, **fields: str) -> tuple[int, bytes]:
        """Send a form with its token, as the page that holds it has given it."""
        return self._send("POST", path, urlencode({**fields, "csrf_token": self._token or ""}))

    def read_form(self, path: str) -> str:
        """Open the page with a form and keep its token; returns the page."""
        status, body = self.get(path)
        text = body.decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', text)
        if status != 200 or not found:
            raise SystemExit(f"{path} shows no form ({status}).")
        self._token = unescape(found[1])
        return text

    def sign_in(self, email: str, password: str) -> None:
        self.read_form("/sign-in")
        status, _ = self.post("/sign-in", email=email, password=password)
        if status != 303:
            raise SystemExit(f"{email} could not sign in ({status}).")

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if time.monotonic() - self._used_at > IDLE_AT_MOST:
            self._line.close()
        self._line.request(method, path, body, headers | (FORM_TYPE if body is not None else {}))
        answer = self._line.getresponse()
        self._used_at = time.monotonic()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read()


def start_cost(app: str, settings: Mapping[str, str]) -> float:
    """Processor seconds from nothing to the first answer."""
    code = f"from {app} import app; print(app.test_client().get('/').status_code)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(**settings), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{app} does not start.")
    return used.ru_utime + used.ru_stime
