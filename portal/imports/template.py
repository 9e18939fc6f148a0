"""A form template of the Government of Canada (“GC Forms”), checked part by part. Pure.

The file is JSON: `elements` with an `id`, a `type` and `properties`, in the order of `layout`, perhaps on pages
(`groups`). Whatever is read is ticked off, so that what is left over can be named: nothing is dropped in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

LARGEST_FILE = 5 * 1024**2
DEEPEST = 20
LONGEST_TEXT = 20_000
MOST_ELEMENTS = 500
MOST_CHOICES = 1_000
LARGEST_ID = 10**9
SHORTEST_QUOTE = 60
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no text holds: control signs, and halves of a character."""
OF_THE_EDITOR = frozenset({"uuid", "subId", "charLimit", "questionId", "tags", "lastGeneratedElementId", "autoFlow"})
"""What only the editor of these forms needs; nobody who fills one in ever sees it."""
OF_A_RESPONSE = frozenset({"answers", "confirmationCode", "checksum"})
SAYS_NOTHING: tuple[Any, ...] = (None, "", False, [], {}, [{}], {"en": "", "fr": ""}, [{"en": "", "fr": ""}])


class TemplateError(Exception):
    """Why a file is no template that can be used, in one sentence with the place."""


class Words(NamedTuple):
    """A text in English, and in French where it is there and says it differently."""

    en: str
    fr: str

    @classmethod
    def of(cls, en: str, fr: str) -> Words:
        """Where there is no English, the French stands for both."""
        en, fr = _tidy(en), _tidy(fr)
        return cls(en or fr, fr if en and fr != en else "")

    def one_line(self) -> Words:
        return Words(" ".join(self.en.split()), " ".join(self.fr.split()))

    def __bool__(self) -> bool:
        return bool(self.en)


def _tidy(text: str) -> str:
    """Some of these texts write a line's end as “\\n\\r”."""
    lines = text.replace("\r\n", "\n").replace("\n\r", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


@dataclass
class Part:
    """An object of the file, whose keys are taken one by one; `place` is where it stands."""

    data: Mapping[str, Any]
    place: str
    taken: set[str] = field(default_factory=set)

    def wrong(self, what: str) -> NoReturn:
        raise TemplateError(f"{self.place}: {what}.")

    def _take(self, key: str, wanted: type | tuple[type, ...], called: str) -> Any:
        self.taken.add(key)
        value = self.data.get(key)
        # True is a whole number to Python, but not to whoever writes a form.
        if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool)):
            self.wrong(f"“{key}” must be {called}, not {_called(value)}")
        return value

    def text(self, key: str) -> str:
        return self._take(key, str, "a text") or ""

    def words(self, name: str) -> Words:
        """The text of this name in both languages, such as titleEn and titleFr."""
        return Words.of(self.text(f"{name}En"), self.text(f"{name}Fr"))

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, "true or false"))

    def whole(self, key: str) -> int | None:
        number: int | None = self._take(key, int, "a whole number")
        if number is not None and abs(number) > LARGEST_ID:
            self.wrong(f"“{key}” is larger than any form needs")
        return number

    def number(self, key: str) -> int | float | None:
        number: int | float | None = self._take(key, (int, float), "a number")
        if number is not None and abs(number) > LARGEST_ID:
            self.wrong(f"“{key}” is larger than any form needs")
        return number

    def items(self, key: str) -> list[Any]:
        return self._take(key, list, "a list") or []

    def part(self, key: str) -> Part:
        return Part(self._take(key, dict, "an object") or {}, f"{self.place}, {key}")

    def parts(self, key: str) -> list[Part]:
        return [Part(self._an_object(one, key), self.place) for one in self.items(key)]

    def _an_object(self, value: Any, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.wrong(f"“{key}” must hold objects, not {_called(value)}")
        return value

    def left(self) -> Iterator[tuple[str, str]]:
        """What says something and was not taken: its key and its value, cut short."""
        for key, value in self.data.items():
            if key not in self.taken | OF_THE_EDITOR and value not in SAYS_NOTHING:
                yield key, shown(value)


def shown(value: Any) -> str:
    """A value as it can stand in a sentence."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return f"“{text if len(text) <= SHORTEST_QUOTE else text[: SHORTEST_QUOTE - 1] + '…'}”"


def _called(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")


@dataclass
class Element:
    """One element of the form: a question, a text to read, or a set of questions that repeats."""

    number: int
    kind: str
    properties: Part
    columns: tuple[Element, ...]

    @property
    def rules(self) -> Part:
        """What an answer has to satisfy; always the same object, so that it knows what was taken."""
        if not hasattr(self, "_rules"):
            self._rules = self.properties.part("validation")
        return self._rules

    @property
    def title(self) -> Words:
        return self.properties.words("title").one_line()

    @property
    def place(self) -> str:
        called = self.title.en or self.properties.words("description").one_line().en
        return f"Element {self.number} ({self.kind}{' ' + shown(called) if called else ''})"

    def choices(self) -> list[Words]:
        """The choices in their order, also the empty ones: conditions count them."""
        found = self.properties.parts("choices")
        if len(found) > MOST_CHOICES:
            self.properties.wrong(f"has {len(found):,} choices; {MOST_CHOICES:,} are the most")
        return [Words.of(one.text("en"), one.text("fr")).one_line() for one in found]


@dataclass
class Template:
    """A whole form, its elements by their ids."""

    top: Part
    elements: dict[int, Element]
    layout: list[int]
    remarks: list[str]


def read_template(raw: bytes) -> Template:
    """The template in these bytes. Raises TemplateError."""
    top = _unwrapped(_parsed(raw))
    remarks: list[str] = list(_about_the_wrapping(top))
    elements = _elements(top.parts("elements"), top)
    count = len(elements) + sum(len(one.columns) for one in elements.values())
    if count > MOST_ELEMENTS:
        raise TemplateError(f"The form has {count:,} elements; {MOST_ELEMENTS} are the most.")
    return Template(top, elements, _layout(top, elements, remarks), remarks)


def _parsed(raw: bytes) -> Any:
    if len(raw) > LARGEST_FILE:
        raise TemplateError(f"The file is larger than {LARGEST_FILE // 1024**2} MB; no form is.")
    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_each_key_once)
    except UnicodeDecodeError as error:
        raise TemplateError(f"The file is not written in UTF-8 (byte {error.start + 1}).") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise TemplateError(f"The file is not JSON: {error.msg[0].lower()}{error.msg[1:]} in {where}.") from None
    except RecursionError:
        raise TemplateError("The file is nested too deeply to be a form.") from None
    except ValueError:
        raise TemplateError("The file holds a number of thousands of digits.") from None
    _check_texts(data)
    return data


def _no_number(name: str) -> NoReturn:
    raise TemplateError(f"The file is not JSON: {name} is no number there.")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise TemplateError(f"The file says {shown(twice)} twice in one object; which of the two is meant?")
    return found


def _check_texts(data: Any) -> None:
    """No text is unfit for a page, and nothing is deeper than a form can be. Without recursion: the file is foreign."""
    waiting: list[tuple[Any, str, int]] = [(data, "", 0)]
    while waiting:
        value, place, depth = waiting.pop()
        if depth > DEEPEST:
            raise TemplateError(f"The file is nested too deeply to be a form, at {place}.")
        if isinstance(value, str):
            _check_text(value, place)
        elif isinstance(value, dict):
            for key, inner in value.items():
                _check_text(key, place or "the top")
                waiting.append((inner, f"{place}.{key}"[-100:].lstrip("."), depth + 1))
        elif isinstance(value, list):
            waiting += [(inner, f"{place}[{number}]"[-100:], depth + 1) for number, inner in enumerate(value)]


def _check_text(text: str, place: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise TemplateError(f"The text at {place} is longer than {LONGEST_TEXT:,} characters.")
    if UNFIT.search(text):
        raise TemplateError(f"The text at {place} holds a character that cannot be shown.")


def _unwrapped(data: Any) -> Part:
    """The form itself, also when it comes inside the record that the other system keeps of it."""
    if isinstance(data, dict) and "elements" not in data and isinstance(data.get("form"), dict):
        return Part(data["form"] | {_RECORD: {key: value for key, value in data.items() if key != "form"}}, "The form")
    if not isinstance(data, dict):
        raise TemplateError(f"The file holds {_called(data)}, not a form template.")
    if "elements" not in data and OF_A_RESPONSE & data.keys():
        raise TemplateError("The file is a response to a form, not a form template.")
    if "elements" not in data:
        raise TemplateError("The file is not a form template: it has no “elements”.")
    return Part(data, "The form")


_RECORD = "(record)"


def _about_the_wrapping(top: Part) -> Iterator[str]:
    record = top.part(_RECORD)
    for key, value in record.left():
        yield f"The record around the form: {key} {value} is not used."


def _elements(parts: list[Part], top: Part) -> dict[int, Element]:
    if not parts:
        top.wrong("“elements” is empty, so there is nothing to ask")
    found: dict[int, Element] = {}
    for position, part in enumerate(parts, start=1):
        element = _element(part, f"elements, number {position}", inside_a_row=False)
        if element.number in found:
            raise TemplateError(f"Two elements have the id {element.number}.")
        found[element.number] = element
    return found


def _element(part: Part, place: str, *, inside_a_row: bool) -> Element:
    part.place = place
    number, kind = part.whole("id"), part.text("type")
    if number is None or number < 1:
        part.wrong("“id” must be a whole number from 1")
    part.place = f"Element {number}"
    if not kind:
        part.wrong("has no “type”")
    if not isinstance(part.data.get("properties"), dict):
        part.wrong("has no “properties”")
    properties = part.part("properties")
    properties.place = part.place
    columns = properties.parts("subElements")
    if inside_a_row and columns:
        part.wrong("repeating rows inside repeating rows are not possible")
    return Element(number, kind, properties, _columns(columns, number))


def _columns(parts: list[Part], row: int) -> tuple[Element, ...]:
    found: dict[int, Element] = {}
    for position, part in enumerate(parts, start=1):
        column = _element(part, f"Element {row}, sub-element number {position}", inside_a_row=True)
        if column.number in found:
            raise TemplateError(f"Element {row}: two of its sub-elements have the id {column.number}.")
        found[column.number] = column
    return tuple(found.values())


def _layout(top: Part, elements: Mapping[int, Element], remarks: list[str]) -> list[int]:
    """The ids in the order in which they are asked; what the layout forgot comes last."""
    order: list[int] = []
    for entry in top.items("layout"):
        number = as_id(entry)
        if number not in elements:
            top.wrong(f"“layout” names {shown(entry)}, which is the id of no element")
        if number in order:
            top.wrong(f"“layout” names element {number} twice")
        order.append(number)
    forgotten = [number for number in elements if number not in order]
    if forgotten and order:
        listed = ", ".join(str(number) for number in forgotten)
        remarks.append(f"The form: “layout” does not name element {listed}; asked after the others.")
    return order + forgotten


def as_id(value: Any) -> int:
    """An id as a list names it, as a number or as digits; 0 is nobody's."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII) else 0
