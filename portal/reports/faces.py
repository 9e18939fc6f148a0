"""How a chart looks on the screen and on paper. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Face:
    """How a chart is drawn somewhere: its width (None: whatever there is room for) and what each mark looks like."""

    width: float | None
    marks: Mapping[str, Mapping[str, str]]

    def x(self, share: float) -> str:
        """A place or a length along the width."""
        return f"{share * 100:.4g}%" if self.width is None else f"{share * self.width:.1f}"


def _classes(**names: str) -> dict[str, dict[str, str]]:
    return {mark: {"class": name} for mark, name in names.items()}


SCREEN = Face(
    None,
    _classes(
        grid="c-grid", axis="c-axis", text="c-text", alternate="c-text c-alt", strong="c-strong", line="c-line",
        limit="c-limit", target="c-target", dot="c-dot", signal="c-signal", bar="c-bar", bar_2="c-bar-2",
        target_text="c-target-text", signal_text="c-signal-text", post="l-post", interval="c-interval i-bar",
        ring="i-dot",
    ),
)  # fmt: skip

_INK, _SOFT, _RULE, _EDGE, _PINE, _RED = "#101e1a", "#46544f", "#cfd6d2", "#63726c", "#00623f", "#b21a18"
_TYPE = {"font-family": "Desk Sans", "font-size": "10.6", "font-weight": "400"}
PAPER = Face(
    665.0,
    {
        "grid": {"stroke": _RULE, "stroke-width": ".7"},
        "axis": {"stroke": _EDGE, "stroke-width": ".8"},
        "text": {**_TYPE, "fill": _SOFT},
        "alternate": {**_TYPE, "fill": _SOFT},
        "strong": {**_TYPE, "fill": _INK, "font-weight": "600"},
        "line": {"stroke": _INK, "stroke-width": "1.4"},
        "limit": {"stroke": _EDGE, "stroke-width": ".9", "stroke-dasharray": "3 2.5"},
        "target": {"stroke": _PINE, "stroke-width": "1.4"},
        "dot": {"fill": _INK, "stroke": "#ffffff", "stroke-width": "1.2"},
        "signal": {"fill": _RED, "stroke": "#ffffff", "stroke-width": "1.2"},
        "bar": {"fill": _PINE},
        "bar_2": {"fill": _INK},
        "target_text": {**_TYPE, "fill": _PINE, "font-weight": "600"},
        "signal_text": {**_TYPE, "fill": _RED, "font-weight": "600"},
        "post": {"fill": _PINE},
        "interval": {"stroke": _PINE, "stroke-width": "3"},
        "ring": {"fill": "#ffffff", "stroke": _PINE, "stroke-width": "1.8"},
    },
)
