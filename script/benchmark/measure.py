"""Each page beside a bare Flask page, measured alternately in one run, with so many requests in the database.

Time on a shared machine says little, so the figure to look at is processor time: that of the server's processes and
of their PostgreSQL backends, as the kernel counts it. Both servers run in the same way, with the same settings.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import anchor
import fill
from instruments import (
    Client,
    Server,
    anchor_server,
    bare_server,
    portal_server,
    processor_time,
    start_cost,
)
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine

from portal import create_app
from portal.extensions import db
from portal.measures.periods import month_of
from portal.surveys.tokens import token_of
from portal.web.moment import now

GROWN = (
    "service_request|request_draft|request_event|sample_case|response|answer|outbox_message|response_token"
    "|visit|callback|approval|approval_link|inbound_message|request_watcher"
)
PLAN_TO_SHOW = re.compile(rf"SCAN ({GROWN})\b(?!.*(_queue|_desk|_due|_owed|_unsorted|_escalated)\b)|USE TEMP B-TREE")
"""Reading a grown table as a whole, or sorting; the indexes of open rows alone are small."""
GROWTH_AT_MOST = 1.3
WARM_UP = 12
AT_ONCE = 8
OK = (200, 303)
SENTENCE = "my+printer+does+not+find+the+network+since+the+update"
ANSWERS = {
    "summary": "The screen is black",
    "details": "Since this morning.",
    "q_where": "Room 12",
    "q_urgent": "today",
}

Send = Callable[[], int]


@dataclass(frozen=True)
class Goal:
    """Processor time as a ratio to the bare page, and the number of SQL statements."""

    must: float | None = None
    stretch: float | None = None
    statements: int | None = None


GOALS = {
    "home": Goal(1.5, 0.9, 4),
    "catalogue": Goal(1.5, 0.9),
    "service page": Goal(),
    "request form": Goal(statements=4),
    "saving a draft (POST)": Goal(),
    "search, rare word": Goal(2.5, 1.6, 5),
    "search, common word": Goal(statements=5),
    "search, typing error": Goal(statements=5),
    "suggestion": Goal(),
    "send a request (POST)": Goal(2.5, 1.5, 12),
    "my requests": Goal(2.0, 1.5, 5),
    "request page": Goal(1.8, 1.2, 8),
    "queue": Goal(2.5, 1.6, 6),
    "dashboard": Goal(3.5, 2.2, 8),
    "report figures": Goal(3.0, 1.5, 6),
    "survey page": Goal(1.5, 1.0),
    "survey answer (POST)": Goal(2.0, 1.3),
    "shared requests": Goal(2.0, 1.5, 5),
    "request page, full": Goal(statements=8),
    "desk's request page": Goal(statements=8),
    "day plan": Goal(statements=4),
    "approvals": Goal(statements=4),
    "callbacks": Goal(statements=4),
    "incoming mail": Goal(statements=4),
    "reply (POST)": Goal(),
    "answer (POST)": Goal(),
    "resolve (POST)": Goal(),
}
MOST_MILLISECONDS = {"reply (POST)": 30.0, "answer (POST)": 30.0, "resolve (POST)": 30.0}
"""Deeds that have a bound in processor time of their own."""
THROUGHPUT = {"home": 0.5, "my requests": 0.5, "request page": 0.5, "send a request (POST)": 0.35}


@dataclass(frozen=True)
class Result:
    """What a page costs: ratios to the bare page, bytes, SQL statements."""

    processor: float
    wall: float
    milliseconds: float
    size: int
    statements: int


@dataclass(frozen=True)
class Known:
    """What the pages need to be asked for: a request of the customer's, a month that is counted, unspent links."""

    reference: str
    full: str
    """Another one, of which every room keeps something."""
    month: str
    links: Iterator[str]
    """Each may be answered once."""
    own: Iterator[str]
    """Open requests of the customer's, again and again."""
    answered: Iterator[str]
    """Open requests of others, again and again."""
    at_work: Iterator[str]
    """Other open ones; each may be resolved once."""


class Inside(Client):
    """The same client without a network, so that SQL statements can be counted."""

    def __init__(self, app: Any) -> None:
        super().__init__(0)
        self._browser = app.test_client()

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        kind = "application/x-www-form-urlencoded" if body is not None else None
        answer = self._browser.open(path, method=method, data=body, content_type=kind)
        return answer.status_code, answer.data


# --- pages --------------------------------------------------------------------------------------------------------


def pages(open_client: Callable[[str | None], Client], known: Known) -> dict[str, Send]:
    """Every page as a function that asks for it once and returns the size of the answer."""
    customer, agent, manager = (open_client(role) for role in ("customer", "agent", "manager"))
    stranger = open_client(None)
    stranger.read_form(next(known.links))
    asking = open_client("customer")
    asking.read_form("/services/service-3/ask")
    keeping, once = open_client("customer"), secrets.token_urlsafe(16)
    keeping.read_form("/services/service-3/ask")
    link = next(known.links)
    working = open_client("agent")
    working.read_form(f"/queue/{known.reference}")
    return {
        "home": _page(customer, "/"),
        "catalogue": _page(customer, "/services"),
        "service page": _page(customer, "/services/service-3"),
        "request form": _page(customer, "/services/service-3/ask"),
        "saving a draft (POST)": lambda: _kept(keeping, once),
        "search, rare word": _page(customer, f"/search?q={fill.RARE}"),
        "search, common word": _page(customer, f"/search?q={fill.WORDS[0]}"),
        "search, typing error": _page(customer, f"/search?q={fill.RARE}n"),
        "suggestion": _page(customer, f"/search/suggestions?service=service-3&q={SENTENCE}"),
        "send a request (POST)": lambda: _sent(asking),
        "my requests": _page(customer, "/requests"),
        "request page": _page(customer, f"/requests/{known.reference}"),
        "queue": _page(agent, "/queue"),
        "dashboard": _page(manager, "/reports"),
        "report figures": _page(manager, f"/reports/{known.month}.json"),
        "survey page": _page(stranger, link),
        "survey answer (POST)": lambda: _checked(*stranger.post(next(known.links), score="5", comment="Quick.")),
        "shared requests": _page(customer, "/requests?view=shared"),
        "request page, full": _page(customer, f"/requests/{known.full}"),
        "desk's request page": _page(agent, f"/queue/{known.reference}"),
        "day plan": _page(agent, "/visits"),
        "approvals": _page(customer, "/approvals"),
        "callbacks": _page(agent, "/callbacks"),
        "incoming mail": _page(agent, "/inbound"),
        "reply (POST)": lambda: _written(asking, f"/requests/{next(known.own)}/replies"),
        "answer (POST)": lambda: _written(working, f"/queue/{next(known.answered)}/write", deed="answer"),
        "resolve (POST)": lambda: _written(working, f"/queue/{next(known.at_work)}/write", deed="resolve"),
    }


def _page(client: Client, path: str) -> Send:
    return lambda: _checked(*client.get(path))


def _sent(client: Client) -> int:
    once = secrets.token_urlsafe(16)
    return _checked(*client.post("/services/service-3/ask", step="send", once=once, **ANSWERS))


def _written(client: Client, path: str, **fields: str) -> int:
    once = secrets.token_urlsafe(16)
    return _checked(*client.post(path, body="It is the cable, and we have a new one.", once=once, **fields))


def _kept(client: Client, once: str) -> int:
    """The same draft again, with a word more, as while somebody types."""
    answers = ANSWERS | {"details": f"Since this morning, {secrets.token_hex(4)}."}
    return _checked(*client.post("/services/service-3/draft", once=once, **answers))


def _checked(status: int, body: bytes) -> int:
    if status not in OK:
        raise SystemExit(f"A page answered {status}: {body[:300]!r}")
    return len(body)


# --- one size -----------------------------------------------------------------------------------------------------


_AT_WORK = """
    SELECT id FROM service_request WHERE is_open AND state IN ('received', 'in_progress')
    AND customer_id != (SELECT id FROM person WHERE email = 'customer@example.com')
    ORDER BY id LIMIT 1000
"""


class Bench:
    """A filled database with both servers on it."""

    def __init__(self, number: int, folder: Path, url: str | None, *, quick: bool, open_share: float) -> None:
        self.number, self.open_share = number, open_share
        self.rounds, self.batch, self.window = (5, 8, 0.25) if quick else (9, 15, 0.7)
        # One customer writes more here than a person can.
        self.settings = {"PORTAL_DATA_DIR": str(folder), "PORTAL_MESSAGE_LIMIT": "1000000"} | (
            {"PORTAL_DATABASE_URL": url} if url else {}
        )
        self.anchor_url = url or f"sqlite:///{folder / 'anchor.db'}"
        self.anchor_settings = {"BENCH_ANCHOR_URL": self.anchor_url}
        self.app = create_app(environment=self.settings)
        self._watcher = create_engine(url) if url else None
        self._month = month_of(now(), self.app.config["TIME_ZONE"]).previous().code

    def prepare(self) -> None:
        """Fill the database and say how long it took."""
        started = time.monotonic()
        with self.app.app_context():
            fill.fill(self.number, self.open_share)
            links = "SELECT id FROM sample_case WHERE is_open ORDER BY id"
            with db.engine.connect() as connection:
                cases = connection.execute(text(links)).scalars().all()
                others = connection.execute(text(_AT_WORK)).scalars().all()
            working = [f"REQ-{number + 1000}" for number in others]
            self._answered, self._at_work = cycle(working[: fill.MINE]), iter(working[fill.MINE :])
            self._links = iter([f"/answer/{token_of(number)}" for number in cases])
        anchor.fill(self.anchor_url)
        say(f"{self.number:,} requests filled in {time.monotonic() - started:.0f} s")

    def _engine(self) -> Engine:
        with self.app.app_context():
            return db.engine

    def known(self) -> Known:
        newest = self.number + 1000
        own = cycle([f"REQ-{newest - n}" for n in range(2, fill.MINE)])
        return Known(f"REQ-{newest - 1}", f"REQ-{newest}", self._month, self._links, own, self._answered, self._at_work)

    def run(self) -> tuple[dict[str, Result], dict[str, float]]:
        """Every page, and throughput with several clients at once."""
        with ExitStack() as stack:
            portal = stack.enter_context(portal_server(self.settings))
            bare = stack.enter_context(anchor_server(self.anchor_settings))
            plain = _page(Client(bare.port), "/")
            ours = pages(lambda role: _open(portal, role), self.known())
            statements = self._statements()
            results = {name: self._measured(send, plain, portal, bare, statements[name]) for name, send in ours.items()}
            return results, self._throughput(portal, bare)

    def _measured(self, send: Send, plain: Send, portal: Server, bare: Server, statements: int) -> Result:
        size = max(send() for _ in range(WARM_UP))
        for _ in range(WARM_UP):
            plain()
        ours, theirs = [], []
        for _ in range(self.rounds):
            ours.append(self._batch(send, portal))
            theirs.append(self._batch(plain, bare))
        processor, wall = (median(a[which] / b[which] for a, b in zip(ours, theirs, strict=True)) for which in (0, 1))
        return Result(processor, wall, median(one[0] for one in ours) * 1000, size, statements)

    def _batch(self, send: Send, server: Server) -> tuple[float, float]:
        """(processor seconds, median seconds) of one request."""
        processes = [*server.workers(), *self._backends()]
        before, walls = processor_time(processes), []
        for _ in range(self.batch):
            started = time.perf_counter()
            send()
            walls.append(time.perf_counter() - started)
        return (processor_time(processes) - before) / self.batch, median(walls)

    def _backends(self) -> list[int]:
        """The processes of PostgreSQL that answer this database's clients; those that tidy up come and go."""
        if self._watcher is None:
            return []
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        with self._watcher.connect() as connection:
            return [pid for pid in connection.execute(text(query)).scalars() if Path(f"/proc/{pid}").exists()]

    # --- statements and their plans -------------------------------------------------------------------------------

    def _statements(self) -> dict[str, int]:
        """SQL statements of each page; says so where a plan reads a grown table as a whole, or sorts."""
        seen: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN", "EXPLAIN")):
                seen.append((statement, values))

        counted: dict[str, int] = {}
        event.listen(self._engine(), "before_cursor_execute", note)
        for name, send in pages(lambda role: _signed_in(Inside(self.app), role), self.known()).items():
            send()
            seen.clear()
            send()
            counted[name] = len(seen)
            self._look_at_plans(name, list(seen))
        return counted

    def _look_at_plans(self, name: str, seen: list[tuple[str, Any]]) -> None:
        if self._engine().dialect.name != "sqlite":
            return
        with self._engine().connect() as connection:
            for statement, values in seen:
                if statement.startswith("SELECT") and re.search(rf"FROM ({GROWN})\b", statement):
                    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                    for line in {row[3] for row in rows if PLAN_TO_SHOW.match(row[3])}:
                        say(f"  plan of {name}: {line} in: {' '.join(statement.split())[-150:]}")

    # --- many at once ---------------------------------------------------------------------------------------------

    def _throughput(self, portal: Server, bare: Server) -> dict[str, float]:
        """Answers a second with eight clients, as a ratio to the bare page."""
        clients = [_open(portal, "customer") for _ in range(AT_ONCE)]
        for client in clients:
            client.read_form("/services/service-3/ask")
        plain: list[Send] = [_page(Client(bare.port), "/") for _ in range(AT_ONCE)]
        paths = {"home": "/", "my requests": "/requests", "request page": f"/requests/{self.known().reference}"}
        ratios = {}
        for name in THROUGHPUT:
            ours = [_page(client, paths[name]) if name in paths else _asker(client) for client in clients]
            pairs = [(_answers_in(ours, self.window), _answers_in(plain, self.window)) for _ in range(7)]
            ratios[name] = median(a / b for a, b in pairs)
        return ratios

    def memory(self) -> float:
        """The largest web process after work, beside a process that serves the bare page alone."""
        with portal_server(self.settings) as portal, bare_server(self.anchor_settings) as bare:
            plain = _page(Client(bare.port), "/")
            reads = {name: send for name, send in pages(lambda role: _open(portal, role), self.known()).items()
                     if not name.startswith("survey answer")}  # fmt: skip
            for _ in range(20):
                plain()
                for send in reads.values():
                    send()
            say(f"memory: {portal.resident() / 1e6:.0f} MB, bare {bare.resident() / 1e6:.0f} MB")
            return portal.resident() / bare.resident()

    def cold_start(self) -> float:
        """Processor time until the first answer, beside the bare page's."""
        start_cost("wsgi", self.settings)  # the first start of an installation keeps its compiled modules
        pairs = [(start_cost("wsgi", self.settings), start_cost("anchor", self.anchor_settings)) for _ in range(3)]
        say(f"start: {median(a for a, _ in pairs):.2f} s, bare {median(b for _, b in pairs):.2f} s of processor time")
        return median(a / b for a, b in pairs)

    def clear(self) -> None:
        """A database that was lent is given back empty."""
        if self._watcher is not None:
            self._watcher.dispose()
            anchor.drop(self.anchor_url)
            with self.app.app_context():
                fill.empty()


def _open(server: Server, role: str | None) -> Client:
    return _signed_in(Client(server.port), role)


def _signed_in(client: Client, role: str | None) -> Client:
    if role:
        client.sign_in(f"{role}@example.com", fill.PASSWORD)
    return client


def _asker(client: Client) -> Send:
    return lambda: _sent(client)


def _answers_in(senders: list[Send], seconds: float) -> float:
    """How many answers all of them get in this time."""
    counts, until = [0] * len(senders), time.monotonic() + seconds

    def ask(place: int) -> None:
        while time.monotonic() < until:
            senders[place]()
            counts[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(senders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


# --- what is printed ----------------------------------------------------------------------------------------------


def say(words: str) -> None:
    """To the terminal, beside the table."""
    print(words, file=sys.stderr, flush=True)


def verdict(value: float, must: float | None, stretch: float | None = None) -> str:
    if must is None:
        return ""
    if stretch is not None and value <= stretch:
        return "stretch"
    return "reached" if value <= must else "MISSED"


def table(number: int, results: dict[str, Result]) -> None:
    """The pages at this size."""
    print(f"\n{number:,} requests: processor time and time as ratios to the bare page")
    print(_LINE.format("page", "CPU", "time", "must", "stretch", "", "ms CPU", "bytes", "SQL", "at most"))
    for name, one in results.items():
        goal = GOALS[name]
        figures = (f"{one.processor:.2f}", f"{one.wall:.2f}", goal.must or "–", goal.stretch or "–")
        word = verdict(one.processor, goal.must, goal.stretch)
        word = word or verdict(one.milliseconds, MOST_MILLISECONDS.get(name))
        more = (f"{one.milliseconds:.2f}", f"{one.size:,}", one.statements, goal.statements or "–")
        over = goal.statements is not None and one.statements > goal.statements
        print(_LINE.format(name, *figures, word, *more) + (" MISSED" if over else ""))


_LINE = "{:<24}{:>6}{:>7}{:>6}{:>9}  {:<8}{:>7}{:>8}{:>5}{:>9}"


def growth(sizes: list[int], found: dict[int, dict[str, Result]]) -> None:
    """What the largest database costs beside the smallest."""
    small, large = min(sizes), max(sizes)
    print(f"\nGrowth from {small:,} to {large:,} requests, at most {GROWTH_AT_MOST}")
    for name in GOALS:
        ratio = found[large][name].processor / found[small][name].processor
        print(f"{name:<24}{ratio:>6.2f}  {verdict(ratio, GROWTH_AT_MOST)}")


def ratios(title: str, rows: dict[str, tuple[float, float]], *, at_least: bool = False) -> None:
    print(f"\n{title}")
    for name, (value, bound) in rows.items():
        word = verdict(-value, -bound) if at_least else verdict(value, bound)
        print(f"{name:<24}{value:>6.2f}  {'at least' if at_least else 'at most'} {bound:<5} {word}")


# --- the command --------------------------------------------------------------------------------------------------


def main() -> None:
    """Measure at each size, then say how the pages grow."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, help="numbers of requests (1000 100000)")
    parser.add_argument("--quick", action="store_true", help="1000 and 20000 requests, short rounds: under a minute")
    parser.add_argument("--open", type=float, default=fill.OPEN_SHARE, help="the share that is open (0.03)")
    options = parser.parse_args()
    sizes = sorted(set(options.sizes or ([1000, 20_000] if options.quick else [1000, 100_000])))
    if sizes[0] < 1000:
        parser.error("at least 1000 requests are needed")
    url = os.environ.pop("PORTAL_DATABASE_URL", None)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        _measure_all(sizes, folder, url, quick=options.quick, open_share=options.open)
    finally:
        shutil.rmtree(folder)


def _measure_all(sizes: list[int], folder: Path, url: str | None, *, quick: bool, open_share: float) -> None:
    found: dict[int, dict[str, Result]] = {}
    for number in sizes:
        place = folder / str(number)
        place.mkdir()
        bench = Bench(number, place, url, quick=quick, open_share=open_share)
        try:
            bench.prepare()
            found[number], throughput = bench.run()
            table(number, found[number])
            if number == sizes[-1]:
                _largest(bench, throughput)
        finally:
            bench.clear()
    if len(sizes) > 1:
        growth(sizes, found)


def _largest(bench: Bench, throughput: dict[str, float]) -> None:
    rows = {name: (throughput[name], bound) for name, bound in THROUGHPUT.items()}
    ratios(f"Answers a second with {AT_ONCE} clients, beside the bare page", rows, at_least=True)
    ratios("Beside the bare application", {"memory": (bench.memory(), 1.6), "cold start": (bench.cold_start(), 2.0)})


if __name__ == "__main__":
    main()
