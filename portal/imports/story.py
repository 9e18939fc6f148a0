"""What the rows of one request tell: how it stands, and what happened on the way. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.imports.incoming import Customer, Happening, Incoming, Kept, NotUsable, one_line, read_moment, whole_number
from portal.imports.mapping import GAP, History, MappingFile
from portal.imports.messages import Message, messages_in, public_rows, says
from portal.imports.moments import MomentReader, Reading
from portal.requests.states import CLOSED, IN_PROGRESS, OPEN, RECEIVED, RESOLVED, WAITING, WITHDRAWN

LONGEST_SUMMARY = 200
LONGEST_NAME = 200
LARGEST_COUNT = 1_000_000
USUAL_PRIORITY = 3
MINUTE = timedelta(minutes=1)
NOT_SAID = "not said"
ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
EVENT_OF_STATE = {
    RECEIVED: "imported",
    IN_PROGRESS: "taken",
    WAITING: "asked_customer",
    RESOLVED: "resolved",
    CLOSED: "closed",
    WITHDRAWN: "withdrawn",
}


class Story:
    """One request with all its rows in order."""

    def __init__(
        self,
        mapping: MappingFile,
        place: Mapping[str, int],
        moments: MomentReader,
        reference: str,
        rows: Sequence[Kept],
        robots: Collection[str] = (),
    ) -> None:
        self.mapping, self.place, self.moments = mapping, place, moments
        self.reference, self.rows = reference, rows
        self.remarks: Counter[str] = Counter()
        of = mapping.messages
        self.messages = messages_in(of, place, rows, robots) if of else []
        self.readable = public_rows(of, place, rows) if of else rows

    def told(self) -> Incoming:
        opened_at = self.moment("opened_at")
        if opened_at is None:
            raise NotUsable("has no opening moment")
        state, resolved_at, closed_at = self._end(opened_at)
        ended_at = resolved_at or closed_at
        due_at, verdict = self.moment("due_at"), self._verdict()
        decided_at = ended_at or (due_at if verdict is False else None)
        told = Incoming(
            row=self.rows[-1].row,
            reference=self.reference,
            opened_at=opened_at,
            state=state,
            summary="",
            details="",
            priority=self._priority(),
            channel=self._channel(),
            customer=self._customer(),
            assignee=self._name("assignee"),
            team=self._name("team"),
            department=self._name("department"),
            service=self._name("service"),
            category=self._name("category"),
            first_answered_at=self._first_answer() or self._after(opened_at, "first_answered_at"),
            due_at=due_at,
            resolved_at=resolved_at,
            closed_at=closed_at,
            ended_at=ended_at,
            decided_at=decided_at if verdict is not None else None,
            target_met=verdict if decided_at else None,
            minutes_used=(resolved_at - opened_at) // MINUTE if resolved_at else None,
            reopen_count=self._count("reopen_count"),
            reassignment_count=self._count("reassignment_count"),
            pauses=[],
            history=[],
        )
        told.summary, told.details = self._texts()
        told.history = sorted(self._history(told), key=lambda one: one.at)
        told.robots = frozenset(one.by for one in self.messages if one.by_robot and one.by)
        told.pauses = _pauses(told)
        return told

    def _end(self, opened_at: datetime) -> tuple[str, datetime | None, datetime | None]:
        """The state, and when it was resolved and closed."""
        resolved_at, closed_at = self._after(opened_at, "resolved_at"), self._after(opened_at, "closed_at")
        state = self._state(resolved_at, closed_at)
        if state in OPEN:
            self._remark_if(resolved_at or closed_at, "still open, so its moment of resolving or closing was left out")
            return state, None, None
        updated_at = self.moment("updated_at")
        ended_at = resolved_at or closed_at or (max(opened_at, updated_at) if updated_at else None)
        if ended_at is None:
            raise NotUsable(f"is {state}, but no column says since when")
        if state == RESOLVED:
            return state, resolved_at or ended_at, closed_at
        return state, resolved_at, closed_at or ended_at

    def text(self, name: str) -> str:
        """What the log says for this field, "" when it says nothing."""
        if column := self.mapping.columns.get(name):
            return self._row_of(name)[self.place[column]]
        if sentence := self.mapping.sentences.get(name):
            return self._sentence(sentence, self._row_of(name))
        return self.mapping.fixed.get(name, "")

    def _row_of(self, name: str) -> tuple[str, ...]:
        rows = self._rows_for(name)
        if not rows:
            return ("",) * len(self.place)
        return rows[0 if name in self.mapping.from_first_row else -1].cells

    def _rows_for(self, name: str) -> Sequence[Kept]:
        """Words that a customer reads come from rows that a customer may read; who the customer is, from their own."""
        messages = self.mapping.messages
        if messages and messages.text in self._columns_of(name):
            return self.readable
        if messages and name in ("customer", "customer_name", "customer_email"):
            return [kept for kept in self.rows if says(kept, self.place, messages.customer, all)] or self.rows
        return self.rows

    def _columns_of(self, name: str) -> list[str]:
        """The columns that this field is made of."""
        return [self.mapping.columns.get(name, ""), *GAP.findall(self.mapping.sentences.get(name, ""))]

    def _sentence(self, sentence: str, cells: tuple[str, ...]) -> str:
        place = self.place
        return GAP.sub(lambda gap: cells[place[gap[1]]] or NOT_SAID, sentence)

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        return self._settled(read_moment(self.moments, text, self.mapping.columns[name], self.rows[-1].row))

    def _after(self, opened_at: datetime, name: str) -> datetime | None:
        moment = self.moment(name)
        if moment and moment < opened_at:
            raise NotUsable(f"{self.mapping.columns[name]} lies before {self.mapping.columns['opened_at']}")
        return moment

    def _first_answer(self) -> datetime | None:
        """The moment of the first row that the mapping calls an answer."""
        answer, messages = self.mapping.first_answer, self.mapping.messages
        if answer is None:
            first = next((one.first for one in self.messages if one.is_answer), None)
            return self._moment_in(first, messages.at) if messages and first else None
        for kept in self.rows:
            if says(kept, self.place, answer.where, all) and not says(kept, self.place, answer.but_not, any):
                return self._moment_in(kept, answer.at)
        return None

    def _moment_in(self, kept: Kept, column: str) -> datetime:
        text = kept.cells[self.place[column]]
        if not text:
            raise NotUsable(f"row {kept.row} of it says nothing in {column}")
        return self._settled(read_moment(self.moments, text, column, kept.row))

    def _settled(self, reading: Reading) -> datetime:
        """The moment; that summer time had to be settled is counted."""
        if reading.settled:
            self.remarks[f"moments fell in the hour that the change of summer time {_HOURS[reading.settled]}"] += 1
        return reading.moment

    def _remark_if(self, given: object, remark: str) -> None:
        if given:
            self.remarks[f"requests: {remark}"] += 1

    def _translated(self, name: str, text: str) -> Any:
        words = self.mapping.values[name]
        if text not in words:
            raise NotUsable(f"{name} “{text[:40]}” is not in the mapping's [values.{name}]")
        return words[text]

    def _state(self, resolved_at: datetime | None, closed_at: datetime | None) -> str:
        text = self.text("state")
        if "state" in self.mapping.fixed:
            return text
        if text:
            return str(self._translated("state", text))
        return CLOSED if closed_at else RESOLVED if resolved_at else RECEIVED

    def _priority(self) -> int:
        text = self.text("priority")
        if "priority" in self.mapping.fixed:
            return int(text)
        if not text:
            if "priority" in self.mapping.columns:
                self.remarks[f"requests: no priority given, so it is {USUAL_PRIORITY}"] += 1
            return USUAL_PRIORITY
        return int(self._translated("priority", text))

    def _channel(self) -> str:
        text = self.text("channel")
        if self.mapping.values["channel"] and text and "channel" not in self.mapping.fixed:
            return str(self._translated("channel", text))
        return text.lower()[:40] or "other"

    def _verdict(self) -> bool | None:
        text = self.text("target_met")
        return bool(self._translated("target_met", text)) if text else None

    def _count(self, name: str) -> int:
        text = self.text(name)
        count = whole_number(text, self.mapping.columns[name]) if text else 0
        if not 0 <= count <= LARGEST_COUNT:
            raise NotUsable(f"{self.mapping.columns[name]}: “{text[:40]}” is no count")
        return count

    def _name(self, name: str) -> str | None:
        return one_line(self.text(name))[:LONGEST_NAME] or None

    def _customer(self) -> Customer | None:
        email = self.text("customer_email").lower()
        if email and not ADDRESS.fullmatch(email):
            self.remarks["requests: the customer's e-mail address cannot be one, so it was left out"] += 1
            email = ""
        name = self._name("customer_name")
        key = self._name("customer") or email or name
        return Customer(key, name or key, email or None) if key else None

    def _texts(self) -> tuple[str, str]:
        """Summary and details; what is too long for a summary is kept whole in the details."""
        summary, details = one_line(self.text("summary")), self.text("details")
        if len(summary) > LONGEST_SUMMARY:
            details = f"{summary}\n\n{details}".strip()
            summary = summary[: LONGEST_SUMMARY - 1].rstrip() + "…"
        return summary or NOT_SAID.capitalize(), details

    def _history(self, told: Incoming) -> Iterator[Happening]:
        yield Happening(told.opened_at, "asked", True, self._asked_by(told), {})
        yield from self._written(told)
        history = self.mapping.history
        if history is None:
            yield from _ending(told)
            return
        before: dict[str, Any] = {"state": RECEIVED}
        for kept in self.rows:
            now = self._kept_of(kept.cells, history)
            changes = list(_changes(before, now))
            before |= {key: value for key, value in now.items() if value}
            if changes:
                at, by = self._when_and_who(kept, history)
                for kind, public, data in changes:
                    yield Happening(at, kind, public, by, data)

    def _written(self, told: Incoming) -> Iterator[Happening]:
        """What people wrote, in order. The customer's first words are what was asked, and stand there already."""
        messages = self.mapping.messages
        asked = next((one for one in self.messages if one.public and one.by_customer), None)
        for one in self.messages:
            if messages and not (one is asked and self._asks_with(one, told)):
                kind = "noted" if not one.public else "replied" if one.by_customer else "answered"
                yield Happening(self._moment_in(one.first, messages.at), kind, one.public, one.by, {}, one.words)

    def _asks_with(self, message: Message, told: Incoming) -> bool:
        if not told.details:
            told.details = message.words
        return told.details == message.words

    def _asked_by(self, told: Incoming) -> str | None:
        return self._name("opened_by") or (told.customer.key if told.customer else None)

    def _kept_of(self, cells: tuple[str, ...], history: History) -> dict[str, Any]:
        """What this row says about the fields whose changes are kept."""
        columns, place = self.mapping.columns, self.place
        said = {name: cells[place[columns[name]]] for name in history.keep if name in columns}
        return {
            name: self._translated(name, text) if text and name in ("state", "priority") else text
            for name, text in said.items()
        }

    def _when_and_who(self, kept: Kept, history: History) -> tuple[datetime, str | None]:
        by = one_line(kept.cells[self.place[history.by]]) if history.by else ""
        return self._moment_in(kept, history.at), by[:LONGEST_NAME] or None


_HOURS = {"skipped": "skips, and were read as its end", "twice": "brings twice, and were read as the first of the two"}


def _changes(before: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """What this row changed: (kind, public, data). The first row's priority is no change."""
    priority, earlier = now.get("priority"), before.get("priority")
    if priority and earlier and priority != earlier:
        yield "priority_set", False, {"from": earlier, "to": priority}
    hands = {name: now[name] for name in ("assignee", "team") if now.get(name)}
    if any(before.get(name) != value for name, value in hands.items()):
        yield "assigned", False, {"to": " · ".join(hands.values())}
    state = now.get("state")
    if state and state != before["state"]:
        reopened = state in OPEN and before["state"] not in OPEN
        yield "reopened" if reopened else EVENT_OF_STATE[state], True, {"state": state}


def _ending(told: Incoming) -> Iterator[Happening]:
    """The end of a request of which only its moments are known."""
    if told.resolved_at:
        yield Happening(told.resolved_at, "resolved", True, told.assignee, {"state": RESOLVED})
    if told.closed_at:
        yield Happening(told.closed_at, EVENT_OF_STATE[told.state], True, None, {"state": told.state})


def _pauses(told: Incoming) -> list[list[str | None]]:
    """When the log says that the customer was waited for; the last pause lasts if that is how it stands."""
    pauses: list[list[str | None]] = []
    for event in told.history:
        state = event.data.get("state")
        if state and pauses and pauses[-1][1] is None:
            pauses[-1][1] = event.at.isoformat()
        if state == WAITING:
            pauses.append([event.at.isoformat(), None])
    if told.state == WAITING and not (pauses and pauses[-1][1] is None):
        pauses.append([told.opened_at.isoformat(), None])
    return pauses
