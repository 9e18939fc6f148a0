"""Forms that customers fill in."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import FieldList, HiddenField, StringField, TextAreaField

from portal.files.policy import MOST_AT_ONCE
from portal.web.forms import CreatingForm, PortalForm, at_most, needed


class KeptKeys(FieldList):
    """`kept-0`, `kept-1` and so on; other names of this kind are nobody's."""

    def _extract_indices(self, prefix: str, formdata: Collection[str]) -> Iterator[int]:
        return (number for number in range(MOST_AT_ONCE) if f"{prefix}-{number}" in formdata)


class WithFiles(CreatingForm):
    """A form that takes files. `kept` are the keys of those that came with an earlier try of the same form."""

    files = MultipleFileField(_l("Pictures or files"))
    kept = KeptKeys(HiddenField(), max_entries=MOST_AT_ONCE)


class ReplyForm(WithFiles):
    """`draft` is a form that was begun, whose words are added here instead of being asked anew."""

    draft = HiddenField()
    body = TextAreaField(_l("Write to us"), [needed(_l("Write a few words.")), at_most(5000)])


class WithdrawForm(CreatingForm):
    body = TextAreaField(_l("Why do you not need it any more?"), [at_most(1000)])


class InviteForm(CreatingForm):
    whom = StringField(
        _l("Name or mail address"),
        [needed(_l("Enter who should read along.")), at_most(200)],
        description=_l("The whole name, or the mail address."),
    )


class LeaveForm(PortalForm):
    """Nothing but the button."""
