"""The answer form: one scale and, if you like, a few words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.validators import AnyOf

from portal.surveys.models import COMMENT, OVERALL, QuestionVersion
from portal.web.forms import PortalForm, at_most, needed

SCORES = ("1", "2", "3", "4", "5", "na")


class AnswerForm(PortalForm):
    """`score` is 1 to 5, or “na” for “I cannot say”. Nothing is chosen unless the person chose it."""

    score = RadioField(
        validators=[needed(_l("Choose one of the answers.")), AnyOf(SCORES, message=_l("Choose one of the answers."))],
        validate_choice=False,
    )
    comment = TextAreaField(validators=[at_most(2000)])

    def ask(self, questions: Mapping[str, QuestionVersion]) -> None:
        """Put the wording of the published questions into the form."""
        overall = questions[OVERALL]
        self.score.label.text = overall.wording
        self.score.choices = [(str(one.value or "na"), one.label) for one in overall.categories]
        self.comment.label.text = questions[COMMENT].wording

    @property
    def points(self) -> int | None:
        """The score as a number, or None for “I cannot say”."""
        return None if self.score.data == "na" else int(self.score.data)
