"""The room's blueprint, which the modules with its pages share."""

from __future__ import annotations

from flask import Blueprint

room = Blueprint("asking", __name__)
