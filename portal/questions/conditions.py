"""When a question is asked: conditions on earlier answers. Pure.

Kept as plain data: {"question": "device", "is": "one_of", "value": ["laptop", "tablet"]}, joined by
{"all": [...]}, {"any": [...]} and {"not": ...}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST = 8


@dataclass(frozen=True)
class Is:
    """One comparison of the answer to an earlier question. Nothing but `is_empty` holds for an answer not given."""

    question: str
    operator: str
    value: Any = None

    def asks(self) -> Iterator[str]:
        yield self.question


@dataclass(frozen=True)
class Joined:
    """Several conditions: all of them, any of them, or (`not`, with one part) its opposite."""

    how: str
    parts: tuple[Condition, ...]

    def asks(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.asks()


Condition = Is | Joined


def holds(condition: Condition, answers: Mapping[str, Any]) -> bool:
    """Does the condition hold for these answers?"""
    if isinstance(condition, Is):
        answer = answers.get(condition.question)
        if condition.operator == "is_empty":
            return is_empty(answer)
        return not is_empty(answer) and OPERATORS[condition.operator](answer, condition.value)
    found = (holds(part, answers) for part in condition.parts)
    if condition.how == "not":
        return not next(found)
    return all(found) if condition.how == "all" else any(found)


def is_empty(answer: Any) -> bool:
    """Nothing was said. No, and nought, are answers."""
    return answer is None or answer == "" or answer == [] or answer == {}


def _equals(answer: Any, value: Any) -> bool:
    """The same value: true for yes, numbers by size, otherwise the same text. One chosen alone equals it too."""
    if isinstance(answer, list):
        return len(answer) == 1 and _equals(answer[0], value)
    if isinstance(answer, Mapping):
        # A person is meant by the number or by the name.
        return any(_equals(answer.get(name), value) for name in ("id", "name") if answer.get(name) is not None)
    if isinstance(answer, bool) or isinstance(value, bool):
        return isinstance(answer, bool) and isinstance(value, bool) and answer == value
    if isinstance(answer, (int, float)):
        left, right = _number(answer), _number(value)
        return left is not None and left == right
    return str(answer) == str(value)


def _one_of(answer: Any, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(_equals(answer, one) for one in values)


def _contains(answer: Any, value: Any) -> bool:
    """A choice among those chosen, or words inside a text, in whatever case."""
    if isinstance(answer, list):
        return any(_equals(one, value) for one in answer)
    return isinstance(answer, str) and str(value).casefold() in answer.casefold()


def _greater(answer: Any, value: Any) -> bool:
    order = _compared(answer, value)
    return order is not None and order > 0


def _less(answer: Any, value: Any) -> bool:
    order = _compared(answer, value)
    return order is not None and order < 0


def _compared(answer: Any, value: Any) -> int | None:
    """-1, 0 or 1; numbers by size, days (ISO) by the calendar, a list by how many it holds; None when neither."""
    if isinstance(answer, list):
        answer = len(answer)
    if isinstance(answer, bool):
        return None
    left, right = _number(answer), _number(value)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    if isinstance(answer, str) and isinstance(value, str) and _is_day(answer) and _is_day(value):
        return (answer > value) - (answer < value)
    return None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_day(value: str) -> bool:
    return len(value) == 10 and value[4] == value[7] == "-" and value.replace("-", "").isdigit()


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equals,
    "one_of": _one_of,
    "contains": _contains,
    "greater": _greater,
    "less": _less,
    "is_empty": lambda answer, _value: is_empty(answer),
}


def read_condition(data: Any, depth: int = 0) -> Condition:
    """A condition from plain data; raises ValueError when it makes no sense."""
    if not isinstance(data, Mapping) or depth > DEEPEST:
        raise ValueError("that is no condition")
    for how in ("all", "any"):
        if how in data:
            parts = data[how]
            if len(data) != 1 or not isinstance(parts, list) or not parts:
                raise ValueError(f"“{how}” needs a list of conditions")
            return Joined(how, tuple(read_condition(part, depth + 1) for part in parts))
    if "not" in data:
        if len(data) != 1:
            raise ValueError("“not” needs one condition")
        return Joined("not", (read_condition(data["not"], depth + 1),))
    return _read_comparison(data)


def _read_comparison(data: Mapping[str, Any]) -> Is:
    operator, question, value = data.get("is"), data.get("question"), data.get("value")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise ValueError(f"“{operator}” is no comparison")
    if not isinstance(question, str) or not question:
        raise ValueError("a condition needs a question")
    if operator == "is_empty":
        return Is(question, operator)
    if value in (None, "", []):
        raise ValueError(f"“{operator}” needs a value to compare with")
    values = value if isinstance(value, list) and operator == "one_of" else [value]
    if not all(isinstance(one, (str, int, float)) for one in values):
        raise ValueError(f"“{operator}” cannot compare with that")
    return Is(question, operator, value)


def write_condition(condition: Condition) -> dict[str, Any]:
    """Plain data that `read_condition` reads back."""
    if isinstance(condition, Is):
        data = {"question": condition.question, "is": condition.operator}
        return data if condition.operator == "is_empty" else data | {"value": condition.value}
    if condition.how == "not":
        return {"not": write_condition(condition.parts[0])}
    return {condition.how: [write_condition(part) for part in condition.parts]}
