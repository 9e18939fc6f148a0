"""A request form that somebody has open: under which version, at which step, with what was typed so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.asking import queries
from portal.asking.forms import AskForm
from portal.asking.queries import Askable
from portal.catalogue.models import RequestForm, Service, ServiceDeal
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.questions.checking import still_fits
from portal.questions.forms import answers_in, filled, question_fields, with_questions
from portal.questions.reading import PREFIX
from portal.questions.rules import SILENT, Question, steps, visible
from portal.refusal import Refusal
from portal.requests.drafts import SHOWN, Pairs
from portal.requests.models import DRAFTS_LAST, RequestDraft, ServiceRequest
from portal.requests.whom import check_entitled, people_for, person_asked_for
from portal.web.paging import whole_number

OWN_FIELDS = ("summary", "details", "for_person")
"""What every form asks, by the names that scripts know."""
FIRST_PART, LAST_PART = ("summary", "for_person"), ("details",)
STILL_OPEN = DRAFTS_LAST + timedelta(days=1)
"""A form, and the deal beside it, can be left open for so long after newer ones were published."""


@dataclass
class OpenForm:
    """The form, the versions of the questions and the deal that it was opened with, and the files that came so far."""

    service: Service
    published: RequestForm | None
    deal: ServiceDeal | None
    form: Any
    part: int = 1
    files: list[StoredFile] = field(default_factory=list)
    files_of_questions: list[StoredFile] = field(default_factory=list)
    draft: RequestDraft | None = None

    @property
    def questions(self) -> Sequence[Question]:
        """The questions of this version, in the reader's language."""
        asked: Sequence[Question] = self.form.questions
        return asked

    @property
    def answers(self) -> dict[str, Any]:
        return answers_in(self.form, self.questions)

    @property
    def shown(self) -> tuple[Question, ...]:
        return visible(self.questions, {q.key: self.form[PREFIX + q.key].data for q in self.questions})

    @property
    def parts(self) -> list[tuple[Question, ...]]:
        """The steps of the form as it is answered so far."""
        return steps(self.shown)

    @property
    def number(self) -> int:
        """The open step, from 1; never one that is not there."""
        return min(max(self.part, 1), len(self.parts))

    @property
    def here(self) -> tuple[Question, ...]:
        """The questions of the open step."""
        return self.parts[self.number - 1]

    @property
    def is_last(self) -> bool:
        return self.number == len(self.parts)

    @property
    def fields(self) -> list[Any]:
        """The fields of the open step."""
        keys = {question.key for question in self.here}
        return [one for one in question_fields(self.form, self.questions) if one.question.key in keys]

    @property
    def keys_here(self) -> str:
        """What is asked on this page, so that the next answer tells which questions are new."""
        return " ".join(question.key for question in self.here if question.kind not in SILENT)

    def new_here(self) -> list[Question]:
        """Unanswered questions of this step that were not on the page when it was sent.

        A script that does not say what was on its page is told of what is missing as everybody is.
        """
        if not self.form.shown.data:
            return []
        known = set(self.form.shown.data.split())
        unasked = [q for q in self.here if q.kind not in SILENT and q.key not in known]
        return [q for q in unasked if self.form[PREFIX + q.key].data is None]

    @property
    def typed(self) -> Pairs:
        """Everything as it was typed, with the keys of the files; a form made of it holds the same again."""
        pairs = [(name, self.form[name].data or "") for name in (*OWN_FIELDS, "version", "deal")]
        for question in self.questions:
            pairs += _typed(self.form[PREFIX + question.key])
        return pairs + [(f"kept-{number}", file.key) for number, file in enumerate(self.files)]

    @property
    def carried(self) -> Pairs:
        """What was typed and is not on this page."""
        here = {PREFIX + question.key for question in self.here}
        here |= {"version", "deal", *(FIRST_PART if self.number == 1 else ())}
        here |= {"kept", *LAST_PART} if self.is_last else set()
        return [(name, text) for name, text in self.typed if text and name.split("-")[0] not in here]

    @property
    def file_fields(self) -> list[Any]:
        """The fields of questions for a file, shown or not."""
        return [self.form[PREFIX + one.key] for one in self.questions if one.kind == "file"]

    @property
    def asks_for_files(self) -> bool:
        return bool(self.file_fields)

    @property
    def refused_files(self) -> bool:
        return any(one.refusal for one in self.file_fields)

    def lend_files(self) -> None:
        """What came as `files` answers the first question for a file, when nothing else does."""
        first = next((self.form[PREFIX + one.key] for one in self.shown if one.kind == "file"), None)
        if first is not None and not first.data and self.files:
            first.hold((one.key, one.name) for one in self.files)

    @property
    def files_to_send(self) -> list[StoredFile]:
        """The form's own files, and those that answer a question which is asked."""
        answers = self.answers
        told = {one["key"] for q in self.questions if q.kind == "file" for one in answers.get(q.key, [])}
        own = {one.key for one in self.files}
        return [*self.files, *(one for one in self.files_of_questions if one.key in told - own)]

    def forgive(self, *, but_files: bool = False) -> None:
        """Say nothing of mistakes, or only of files that were refused."""
        for one in self.form:
            if not (but_files and one.name == "files"):
                one.errors = []
        for one in self.file_fields if but_files else ():
            if one.refusal:
                one.blame(one.refusal)

    def is_wrong_so_far(self) -> bool:
        """Is anything left to mend on this step or before? Nobody is told of mistakes on steps that come later."""
        later = {PREFIX + question.key for part in self.parts[self.number :] for question in part}
        later |= set() if self.is_last else {*LAST_PART, "files"}
        for name in later:
            self.form[name].errors = []
        return bool(self.form.listed_errors())

    def go_to_first_mistake(self) -> None:
        """Open the step with the first thing to mend."""
        wrong = {one.name for one in self.form if one.errors}
        if not wrong.isdisjoint(FIRST_PART):
            self.part = 1
            return
        for number, part in enumerate(self.parts, start=1):
            if not wrong.isdisjoint(PREFIX + question.key for question in part):
                self.part = number
                return
        if wrong:
            self.part = len(self.parts)


def _typed(one: Any) -> Pairs:
    """What was typed for one question; files by their keys, those that came just now too."""
    if one.question.kind == "file":
        return [(f"{one.name}-kept", file["key"]) for file in one.data or [] if file["key"]]
    return [(name, text) for name, texts in one.typed.items() for text in texts]


def begin(askable: Askable, viewer: Person) -> OpenForm:
    """A fresh form, or, when one is sent, what it holds, read under the version that it was opened with."""
    return _made(askable, askable.published, askable.deal, viewer, None)


def sent(askable: Askable, viewer: Person, data: MultiDict[str, str], at: datetime) -> OpenForm:
    """The form that was sent. What names no version of this service is read under the newest."""
    version, deal = whole_number(data.get("version")), whole_number(data.get("deal"))
    opened = _made(askable, _version(askable, version, at), _deal(askable, deal, at), viewer, None)
    opened.part = whole_number(data.get("part")) or 1
    return opened


def resumed(askable: Askable, viewer: Person, draft: RequestDraft, at: datetime) -> OpenForm:
    """The form as it was left."""
    data = MultiDict([(name, text) for name, text in draft.typed])
    published = _version(askable, draft.request_form.number if draft.request_form else None, at)
    opened = _made(askable, published, _deal(askable, whole_number(data.get("deal")), at), viewer, data)
    opened.form.once.data = draft.once
    opened.part, opened.draft = draft.part, draft
    return opened


def moved(askable: Askable, viewer: Person, draft: RequestDraft) -> OpenForm:
    """What was begun for another service, in this one's form.

    Questions that both ask take their answers along; what else was typed stands among the details, word by word.
    """
    published = draft.request_form
    before = {PREFIX + q.key: q for q in published.questions} if published else {}
    here = {PREFIX + q.key: q for q in (askable.published.questions if askable.published else ())}
    data = MultiDict[str, str]()
    lost: list[str] = []
    for name, text in draft.typed:
        key = name.split("-")[0]
        if key in (*OWN_FIELDS, "kept") or (key in before and key in here and before[key].kind == here[key].kind):
            data.add(name, text)
        elif key in before and before[key].kind != "file" and text.strip():
            lost.append(f"{before[key].wording} {before[key].words_of(text)}")
    data["details"] = "\n".join(part for part in (data.get("details", ""), *lost) if part)
    opened = _made(askable, askable.published, askable.deal, viewer, data)
    opened.form.once.data, opened.draft = draft.once, draft
    return opened


def typed_in(data: MultiDict[str, str]) -> Pairs:
    """What somebody typed in a form that cannot be read any more, name by name."""
    own = (*OWN_FIELDS, *SHOWN, "kept")
    return [
        (name, text) for name, text in data.items(multi=True) if name.split("-")[0] in own or name.startswith(PREFIX)
    ]


@dataclass(frozen=True)
class TakenOver:
    """What an old request gave to a new form, and what is asked now that was not asked then."""

    reference: str
    number: int
    new: tuple[str, ...]


def again(askable: Askable, viewer: Person, old: ServiceRequest) -> tuple[OpenForm, TakenOver]:
    """A new form with the answers of an old request, where the question is still the same and the answer still fits."""
    questions = askable.published.questions if askable.published else ()
    before = {q.key: q for q in old.request_form.questions} if old.request_form else {}
    # Files stay with the request that they came with, and a consent is given each time.
    fresh = ("file", "consent")
    same = {q.key for q in questions if q.key in before and before[q.key].kind == q.kind and q.kind not in fresh}
    fitting = still_fits(questions, {key: answer for key, answer in old.answers.items() if key in same})
    data = filled(questions, fitting)
    data["summary"], data["details"] = old.summary, old.details
    if old.asked_by_id == viewer.id:
        data["for_person"] = old.customer.email or old.customer.name
    opened = _made(askable, askable.published, askable.deal, viewer, data)
    new = tuple(q.wording for q in opened.shown if q.key not in before and q.kind not in SILENT)
    return opened, TakenOver(old.reference, len(fitting), new)


def _made(
    askable: Askable, published: RequestForm | None, deal: ServiceDeal | None, viewer: Person, data: Any
) -> OpenForm:
    kind = with_questions(AskForm, published.questions if published else (), people=people_for(viewer))
    form = kind(formdata=data) if data is not None else kind()
    form.version.data = str(published.number) if published else ""
    form.deal.data = str(deal.id) if deal else ""
    return OpenForm(askable.service, published, deal, form)


def _version(askable: Askable, number: int | None, at: datetime) -> RequestForm | None:
    if askable.published is None or number in (None, askable.published.number):
        return askable.published
    return queries.find_form_shown(askable.service, number, since=at - STILL_OPEN) or askable.published


def _deal(askable: Askable, number: int | None, at: datetime) -> ServiceDeal | None:
    if askable.deal is None or number in (None, askable.deal.id):
        return askable.deal
    return queries.find_deal_shown(number, since=at - STILL_OPEN) or askable.deal


def customer_of(opened: OpenForm, viewer: Person) -> Person | None:
    """Who the request is for; a refusal is said at its field, and nobody is returned."""
    words = (opened.form.for_person.data or "").strip()
    try:
        if words:
            return person_asked_for(viewer, opened.service, words)
        check_entitled(opened.service, viewer)
        return viewer
    except Refusal as refusal:
        opened.form.refuse(refusal)
        return None


def titles(parts: Iterable[Sequence[Question]], first: str) -> list[str]:
    """What each step is about: the section that begins it."""
    return [part[0].wording if part and part[0].kind == "section" else first for part in parts]
