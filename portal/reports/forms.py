"""The one form of this room."""

from __future__ import annotations

from portal.web.forms import PortalForm


class MakePaperForm(PortalForm):
    """A button: make the PDF."""
