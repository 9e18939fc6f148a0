"""A list with every kind of question."""

from __future__ import annotations

from typing import Any

EVERY_KIND: list[dict[str, Any]] = [
    {"key": "device", "kind": "text", "wording": "Which device?", "help": "It stands on the label.", "required": True},
    {"key": "story", "kind": "long_text", "wording": "Tell us more", "help": "", "required": True},
    {
        "key": "floor",
        "kind": "choice",
        "wording": "Which floor?",
        "help": "",
        "required": True,
        "choices": ["Ground", "First & second", "“Third”"],
    },
    {"key": "urgent", "kind": "yes_no", "wording": "Does it stop your work?", "help": "", "required": True},
    {"key": "since", "kind": "date", "wording": "Since when?", "help": "", "required": True},
    {"key": "picture", "kind": "file", "wording": "A picture of it", "help": "", "required": False},
]


def optional(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**question, "required": False} for question in questions]


GOOD_ANSWERS = {
    "summary": "Printer prints stripes",
    "q_device": "PRN-7",
    "q_story": "It began on Monday.\n\nNow it is worse.",
    "q_floor": "First & second",
    "q_urgent": "no",
    "q_since": "2026-04-13",
}
