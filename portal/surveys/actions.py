"""What happens in surveys: cases are made, answers given, people leave. Nothing here touches a request."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, update

from portal.extensions import db, insert
from portal.people.models import Person
from portal.people.visitor import digest
from portal.refusal import Refusal
from portal.requests.models import ServiceRequest
from portal.surveys import letters, queries, tally
from portal.surveys.models import (
    ANONYMOUS,
    BOUNCED,
    COMMENT,
    COMPLETE,
    IDENTIFIED,
    INELIGIBLE,
    INVITED,
    NO_ANSWER,
    NOT_SELECTED,
    OVERALL,
    PARTIAL,
    REFUSED,
    Answer,
    ContactAttempt,
    FatigueLedger,
    Response,
    ResponseToken,
    SampleCase,
    SurveyOptOut,
    SurveyWave,
)
from portal.surveys.sampling import is_drawn
from portal.surveys.tokens import token_of
from portal.web.words import local_day

# --- cases --------------------------------------------------------------------------------------------------------


def take_in_closures(wave: SurveyWave, *, at: datetime, limit: int = 200) -> int:
    """Make the cases of requests that have ended, and invite those selected; returns how many requests were new."""
    since, until = queries.span_to_sweep(wave, at=at)
    ended = queries.closures_without_case(wave, since=since, until=until, limit=limit)
    for request in ended:
        for closure_seq in range(request.reopen_count):
            _note_reopened(wave, request, closure_seq)
        make_case(wave, request, at=at)
    if len(ended) < limit:
        wave.swept_through_at = until
    db.session.flush()
    return len(ended)


def make_case(wave: SurveyWave, request: ServiceRequest, *, at: datetime) -> SampleCase | None:
    """The case of this closing of the request, with its invitation if selected; None when there is one already."""
    reason = _reason_against(wave, request, at)
    disposition = INVITED
    if reason:
        disposition = INELIGIBLE if reason in ("self_request", "left") else NOT_SELECTED
    case = _new_case(wave, request, request.reopen_count, disposition, reason, at)
    if case and case.is_open:
        _invite(case, at)
    return case


def _reason_against(wave: SurveyWave, request: ServiceRequest, at: datetime) -> str | None:
    """Why this customer is not asked about this request, or None."""
    customer = request.customer
    if request.customer_id == request.assignee_id:
        return "self_request"
    if not customer.active:
        return "left"
    if not customer.email:
        return "no_address"
    if queries.has_opted_out(customer.id):
        return "opted_out"
    if not is_drawn(wave.seed, request.id, request.reopen_count, wave.sampling_rate):
        return "rate"
    quiet_from = local_day(at) - timedelta(days=wave.quiet_days)
    return "quiet_period" if wave.quiet_days and queries.was_asked_since(customer.id, quiet_from) else None


def _note_reopened(wave: SurveyWave, request: ServiceRequest, closure_seq: int) -> None:
    """An earlier closing that did not last until anybody could be asked still has its row."""
    assert request.ended_at is not None
    _new_case(wave, request, closure_seq, INELIGIBLE, "reopened", request.ended_at)


def _new_case(
    wave: SurveyWave, request: ServiceRequest, closure_seq: int, disposition: str, reason: str | None, at: datetime
) -> SampleCase | None:
    """One row for this closing, whoever comes first; a second worker gets None and does nothing more."""
    assert request.ended_at is not None
    values = {
        "wave_id": wave.id,
        "request_id": request.id,
        "closure_seq": closure_seq,
        "customer_id": request.customer_id,
        "service_id": request.service_id,
        "segment_id": request.segment_id,
        "priority": request.priority,
        "ended_at": request.ended_at,
        "expires_at": at + timedelta(days=wave.expires_days),
        "selected": disposition == INVITED,
        "not_selected_reason": reason,
        "disposition": disposition,
        "is_open": disposition == INVITED,
    }
    row = insert(SampleCase).values(values).on_conflict_do_nothing().returning(SampleCase.id)
    number = db.session.scalar(row)
    if number is None:
        return None
    case = db.session.get_one(SampleCase, number)
    tally.count(wave.id, case, [(tally.outcome(case), 1)])
    return case


def _invite(case: SampleCase, at: datetime) -> None:
    db.session.add(ResponseToken(case=case, token_sha256=digest(token_of(case.id)), expires_at=case.expires_at))
    db.session.add(ContactAttempt(case_id=case.id, sent_at=at))
    ledger = {"customer_id": case.customer_id, "asked_on": local_day(at), "wave_id": case.wave_id}
    db.session.execute(insert(FatigueLedger).values(ledger).on_conflict_do_nothing())
    letters.invitation(case, at)


def end_reopened(*, limit: int = 200) -> int:
    """Requests that were opened again before anybody answered: their cases end, and count for nothing."""
    cases = queries.reopened_cases(limit=limit)
    for case in cases:
        _end_case(case, INELIGIBLE, "reopened")
    return len(cases)


def end_expired(*, at: datetime, limit: int = 200) -> int:
    """Cases whose link has ended: nobody answered, or the invitation never arrived."""
    expired = queries.expired_cases(at=at, limit=limit)
    for case, bounced in expired:
        _end_case(case, BOUNCED if bounced else NO_ANSWER)
    return len(expired)


def _end_case(case: SampleCase, disposition: str, reason: str | None = None) -> None:
    before = tally.outcome(case)
    case.disposition, case.not_selected_reason, case.is_open = disposition, reason, False
    tally.count(case.wave_id, case, [(before, -1), (tally.outcome(case), 1)])
    db.session.flush()


# --- answers ------------------------------------------------------------------------------------------------------


def answer(token: str, score: int | None, comment: str, *, at: datetime, found: queries.Standing | None = None) -> bool:
    """Record an answer once, or alter it where that may be; a score of None is “I cannot say”.

    `found` is what the link leads to, where that is known already. False when the link leads to nothing any more. The
    same answer again changes nothing.
    """
    if score not in (1, 2, 3, 4, 5, None):
        raise Refusal(_("Choose one of the answers."), field="score")
    standing = found or queries.find_standing(token, at=at)
    if standing is None:
        return False
    words = comment.replace("\r\n", "\n").strip() or None
    if standing.response:
        _alter(standing.case, standing.response, score, words)
    elif _spend(standing.token):
        _record(standing, score, words, at)
    else:
        # The same form arrived twice at once; the other one is written by now, so this one may only alter it.
        db.session.expire_all()
        return answer(token, score, comment, at=at)
    return True


def refuse(token: str, *, for_good: bool, at: datetime) -> None:
    """The customer would rather not answer this one, or never be asked again. Says nothing about unknown links."""
    case = queries.find_case_by_token(token)
    if case is None:
        return
    if case.is_open:
        _end_case(case, REFUSED)
    if for_good:
        choose_to_be_asked(False, by=case.customer, at=at)


def choose_to_be_asked(asked: bool, *, by: Person, at: datetime) -> None:
    """Whether surveys may ask this person from now on."""
    if asked:
        db.session.execute(delete(SurveyOptOut).where(SurveyOptOut.person_id == by.id))
    else:
        row = {"person_id": by.id, "since_on": local_day(at)}
        db.session.execute(insert(SurveyOptOut).values(row).on_conflict_do_nothing())


def _spend(token: ResponseToken) -> bool:
    """Use the link up; of two forms that arrive at once, one gets True."""
    row = update(ResponseToken).where(ResponseToken.id == token.id, ResponseToken.spent.is_(False)).values(spent=True)
    return db.session.execute(row.returning(ResponseToken.id)).first() is not None


def _record(standing: queries.Standing, score: int | None, words: str | None, at: datetime) -> None:
    case, wave = standing.case, standing.wave
    named = wave.mode == IDENTIFIED
    tied = wave.mode != ANONYMOUS
    response = Response(
        id=_response_id(standing.token.token_sha256) if tied else str(uuid.uuid4()),
        wave_id=wave.id,
        instrument_version_id=wave.instrument_version_id,
        case_id=case.id if tied else None,
        status=_status(score),
        submitted_on=local_day(at),
        submitted_at=at if named else None,
        released=named,
    )
    db.session.add(response)
    db.session.flush()
    asked = queries.question_ids(wave)
    _write(response, asked, OVERALL, value=score, text=None, missing="na")
    _write(response, asked, COMMENT, value=None, text=words, missing="skipped")
    _end_case(case, _status(score))
    if named:
        tally.count(wave.id, case, [(tally.point(score), 1)])
    else:
        _release(wave)


def _response_id(seed: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256(f"response {seed}".encode()).digest()[:16], version=4))


def _status(score: int | None) -> str:
    """Whoever cannot say has sent the form, but not answered the question that counts."""
    return PARTIAL if score is None else COMPLETE


def _write(
    response: Response, asked: Mapping[str, int], name: str, *, value: int | None, text: str | None, missing: str
) -> None:
    nothing = value is None and text is None
    db.session.add(
        Answer(
            id=str(uuid.uuid5(uuid.UUID(response.id), name)),
            response_id=response.id,
            question_version_id=asked[name],
            value=value,
            text=text,
            missing_reason=missing if nothing else None,
        )
    )


def _alter(case: SampleCase, response: Response, score: int | None, words: str | None) -> None:
    queries.lock_answers(response, case)
    given = queries.answers_of(response)
    overall, comment = given[OVERALL], given[COMMENT]
    if overall.value != score:
        response.status = _status(score)
        _end_case(case, response.status)
        tally.count(case.wave_id, case, [(tally.point(overall.value), -1), (tally.point(score), 1)])
        overall.value, overall.missing_reason = score, "na" if score is None else None
    if comment.text != words:
        comment.text, comment.missing_reason = words, None if words else "skipped"
    db.session.flush()


def _release(wave: SurveyWave) -> None:
    """Answers without a name join the results when there are enough of them to hide in one another."""
    waiting = queries.unreleased(wave)
    if len(waiting) < wave.k_min:
        return
    for response in waiting:
        response.released = True
        tally.count(wave.id, response.case, [(tally.point(queries.answers_of(response)[OVERALL].value), 1)])
    db.session.flush()
