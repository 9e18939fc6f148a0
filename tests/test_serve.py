"""The portal's own server, as a process on a free port: it stops politely, bears slow clients, keeps its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal import serve
from tests.conftest import ROOT

APP = """
import os, time

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        open(os.environ["TRACES"] + "/slow", "w").close()
        deadline = time.monotonic() + 10
        while not os.path.exists(os.environ["TRACES"] + "/go") and time.monotonic() < deadline:
            time.sleep(0.02)
    if path == "/end":
        os._exit(3)
    if path == "/echo":
        body = environ["wsgi.input"].read()
    else:
        body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

def work(app):
    open(os.environ["TRACES"] + "/worker", "w").close()
    while True:
        time.sleep(60)
"""


class Server:
    """One running server and ways to speak to it."""

    def __init__(self, folder: Path, *arguments: str, processes: int = 1, **more: str) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "tiny.py").write_text(APP)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        environment |= {"PYTHONPATH": f"{folder}:{ROOT}", "TRACES": str(folder), "PORTAL_DATA_DIR": str(folder)}
        environment |= {"PORTAL_BIND": f"127.0.0.1:{self.port}", "PORTAL_WEB_PROCESSES": str(processes), **more}
        command = [sys.executable, "-m", "portal.serve", "--app", "tiny:app", "--worker", "tiny:work", *arguments]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=folder)

    def wait_until_up(self) -> Server:
        self.first_words = self.line()
        return self

    def line(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def get(self, path: str = "/") -> bytes:
        with self.connect() as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return everything_from(line)

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=20)[1]
        return self.process.returncode, said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def everything_from(line: socket.socket) -> bytes:
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def until(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Server] = []

    def make(*arguments: str, **more: str) -> Server:
        started.append(Server(tmp_path, *arguments, **more))
        return started[-1]

    yield make
    for server in started:
        if server.process.poll() is None:
            server.process.terminate()
            server.end()
        if server.process.stderr is not None:
            server.process.stderr.close()


def test_it_says_where_it_is_and_answers_there(start: Start) -> None:
    server = start().wait_until_up()
    assert server.first_words == f"The portal is at http://127.0.0.1:{server.port} (stop it with Ctrl+C).\n"
    assert server.get().startswith(b"HTTP/1.1 200 OK")
    assert server.stop() == (0, "")


def test_it_does_the_background_work_too(start: Start, tmp_path: Path) -> None:
    start().wait_until_up()
    until((tmp_path / "worker").exists)


def test_the_worker_can_be_left_to_another_machine(start: Start, tmp_path: Path) -> None:
    server = start("--no-worker").wait_until_up()
    server.get()
    assert server.stop() == (0, "")
    assert not (tmp_path / "worker").exists()


def test_a_request_in_flight_is_finished_before_it_stops(start: Start, tmp_path: Path) -> None:
    server = start("--no-worker").wait_until_up()
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(server.get("/slow")))
    asking.start()
    until((tmp_path / "slow").exists)
    server.process.send_signal(signal.SIGTERM)
    until(lambda: door_is_closed(server))
    (tmp_path / "go").touch()
    asking.join(10)
    code, _said = server.end()
    assert code == 0
    assert answers[0].startswith(b"HTTP/1.1 200 OK")


def door_is_closed(server: Server) -> bool:
    try:
        server.connect().close()
    except OSError:
        return True
    return False


def test_what_is_half_sent_when_it_stops_may_be_finished(start: Start) -> None:
    server = start("--no-worker").wait_until_up()
    with server.connect() as line:
        line.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n12345")
        time.sleep(0.1)  # a browser on a slow line: the first half has arrived
        server.process.send_signal(signal.SIGTERM)
        until(lambda: door_is_closed(server))
        line.sendall(b"67890")
        answer = everything_from(line)
    assert answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"1234567890")
    assert server.end()[0] == 0


def test_who_only_holds_the_line_does_not_keep_it_from_stopping(start: Start) -> None:
    server = start("--no-worker").wait_until_up()
    idle = [server.connect() for _ in range(5)]
    began = time.monotonic()
    assert server.stop()[0] == 0
    assert time.monotonic() - began < 8
    for line in idle:
        line.close()


def test_forty_half_sent_requests_stop_nobody_else(start: Start) -> None:
    server = start("--no-worker").wait_until_up()
    slow = [server.connect() for _ in range(40)]
    for line in slow:
        line.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
    taken = []
    for _ in range(20):
        began = time.monotonic()
        assert server.get().startswith(b"HTTP/1.1 200 OK")
        taken.append(time.monotonic() - began)
    assert sorted(taken)[18] < 2, "the shared machine of a test may be slow, but not as slow as forty lines"
    for line in slow:
        line.close()


def test_a_web_process_that_dies_comes_back(start: Start) -> None:
    server = start("--no-worker").wait_until_up()
    first = server.get().rpartition(b"\r\n")[2]
    os.kill(int(first), signal.SIGKILL)
    assert server.line() == "The web process 1 was ended by signal 9; it starts again in 0.5 s.\n"
    second = server.get().rpartition(b"\r\n")[2]
    assert second != first
    assert server.stop() == (0, "")


def test_a_web_process_that_ends_itself_takes_no_other_with_it(start: Start) -> None:
    server = start("--no-worker", processes=2).wait_until_up()
    until(lambda: server.get())
    assert server.get("/end") == b""
    assert "ended with code 3" in server.line()
    assert server.get().startswith(b"HTTP/1.1 200 OK")


def test_when_the_parent_is_killed_no_child_stays(start: Start) -> None:
    server = start("--no-worker").wait_until_up()
    server.get()
    server.process.kill()
    server.process.wait(10)
    until(lambda: door_is_closed(server))


# --- what it refuses in one sentence -----------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said_in_one_sentence(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = start(PORTAL_BIND=f"127.0.0.1:{port}").end()
    assert code == 1
    assert said == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Stop what uses it, or choose another with PORTAL_BIND=127.0.0.1:8001.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORTAL_BIND", "everywhere", "PORTAL_BIND must look like 127.0.0.1:8000, not “everywhere”."),
        ("PORTAL_BIND", "127.0.0.1:99999", "PORTAL_BIND must look like 127.0.0.1:8000, not “127.0.0.1:99999”."),
        ("PORTAL_WEB_PROCESSES", "0", "PORTAL_WEB_PROCESSES must be a whole number from 1 to 64, not “0”."),
        ("PORTAL_UPLOAD_LIMIT", "much", "PORTAL_UPLOAD_LIMIT must be a whole number above 0, not “much”."),
    ],
)
def test_a_setting_it_cannot_use_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert serve.main([]) == 1
    assert capsys.readouterr().err == said + "\n"


def test_an_application_that_cannot_start_ends_it(start: Start) -> None:
    code, said = start("--app", "nowhere:app").end()
    assert code == 1
    assert "No module named 'nowhere'" in said
    assert said.endswith("The portal could not start; the reason stands above.\n")


def test_what_is_no_request_gets_a_plain_and_safe_refusal(start: Start) -> None:
    server = start("--no-worker").wait_until_up()
    for garbage in (b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with server.connect() as line:
            line.sendall(garbage)
            answer = everything_from(line)
        assert answer.split()[1] == b"400"
        assert b"Content-Security-Policy: default-src 'none'" in answer
        assert b"Server:" not in answer
