"""The invitation: five text links, one plain link, until when, who reads it, and how not to be asked again."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from portal.mail.actions import write
from portal.surveys.models import ANONYMOUS, CONFIDENTIAL, OVERALL, QuestionVersion, SampleCase, SurveyWave
from portal.surveys.queries import questions_of
from portal.surveys.tokens import token_of
from portal.web.address import absolute
from portal.web.words import local_day, long_day

LONGEST_SUMMARY = 80


def who_reads(wave: SurveyWave) -> str:
    """One sentence on what happens with an answer; it stands in the mail and on the page, before the question."""
    if wave.mode == ANONYMOUS:
        return _(
            "Your answer is anonymous: it is kept without your name, your request or the time. "
            "You can send it once and cannot change it afterwards."
        )
    if wave.mode == CONFIDENTIAL:
        return _("Your answer is shown without your name, and only in totals of five people or more.")
    return _("Our liaison sees your answer with your name. Everyone else sees only totals of five people or more.")


def invitation(case: SampleCase, at: datetime) -> None:
    """Write the invitation of this case; written again, it is the same letter and goes out once."""
    request, customer = case.request, case.customer
    long = len(request.summary) > LONGEST_SUMMARY
    summary = f"{request.summary[: LONGEST_SUMMARY - 1]}…" if long else request.summary
    write(
        key=f"survey:{case.id}:invitation",
        to_address=customer.email,
        to_name=customer.name,
        subject=_("%(reference)s: how did we do with “%(summary)s”?", reference=request.reference, summary=summary),
        body=_body(case),
        at=at,
        thread=request.reference,
    )


def _body(case: SampleCase) -> str:
    address = absolute(f"/answer/{token_of(case.id)}")
    question = questions_of(case.wave)[OVERALL]
    parts = (
        _("Hello %(name)s,", name=case.customer.first_name),
        _("your request “%(summary)s” has come to an end.", summary=case.request.summary) + f" {question.wording}",
        _("Choose one. A page opens, and only its button sends your answer."),
        *_links(question, address),
        _("Or choose on the page:\n%(address)s", address=address),
        _("The links work until %(day)s.", day=long_day(local_day(case.expires_at))),
        who_reads(case.wave),
        _("You would rather not be asked:\n%(address)s", address=f"{address}/stop"),
    )
    return "\n\n".join(parts) + "\n"


def _links(question: QuestionVersion, address: str) -> list[str]:
    """Best first, as text: no picture, and nothing that a mail program would press by itself does any harm."""
    points = [category for category in question.categories if not category.is_missing]
    return [f"{point.label}\n{address}?score={point.value}" for point in reversed(points)]
