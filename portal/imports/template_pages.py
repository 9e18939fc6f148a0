"""The pages of a form template, in an order in which nothing depends on what comes later, and who sees which. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from portal.imports.template import Part, Template, TemplateError, Words, as_id, shown
from portal.questions.conditions import DEEPEST, Condition, Joined

START, ENDS = "start", ("end", "exit")
MOST_WAYS = 100
MOST_PAGES = 200
OTHERWISE = "catch-all"

ChoiceAnswered = Callable[[int, int, str], Condition]
"""The condition that this element was answered with its choice of this number; the text says who asks."""


class Way(NamedTuple):
    """A way from one page to another; with `choice` only for that answer, or for all others (`otherwise`)."""

    to: str
    choice: tuple[int, int] | None = None
    otherwise: bool = False


@dataclass
class Page:
    """A page: its elements, and the condition under which it is shown."""

    name: str
    title: Words
    elements: list[int]
    ways: list[Way] = field(default_factory=list)
    condition: Condition | None = None


def read_pages(template: Template, answered: ChoiceAnswered) -> list[Page]:
    """The pages with something on them; one without a title where the form has no pages."""
    pages = _pages(template)
    if not pages:
        return [Page(START, Words("", ""), template.layout)]
    ordered = _ordered(pages, _wanted_order(template, pages))
    _say_who_sees_them(ordered, template, answered)
    rest = [page for name, page in pages.items() if page not in ordered and page.elements]
    for page in rest:
        template.remarks.append(f"Page {shown(page.title.en)}: no other page leads there; here everybody is asked.")
    on_pages = {number for page in pages.values() for number in page.elements}
    lost = [number for number in template.layout if number not in on_pages]
    if lost:
        listed = ", ".join(map(str, lost))
        template.remarks.append(f"The form: element {listed} stands on no page; asked after the others.")
        rest.append(Page("others", Words("More questions", "Autres questions"), lost))
    return [page for page in ordered + rest if page.elements]


def _pages(template: Template) -> dict[str, Page]:
    groups = template.top.part("groups")
    known = set(groups.data)
    if len(known) > MOST_PAGES:
        raise TemplateError(f"The form has {len(known):,} pages; {MOST_PAGES} are the most.")
    found: dict[str, Page] = {}
    taken: set[int] = set()
    for name in groups.data:
        group = groups.part(name)
        group.place = f"Page {shown(name)}"
        # The name is what the editor calls a page that has a title.
        title = group.words("title").one_line() or Words.of(group.text("name"), "").one_line()
        group.taken.add("name")
        page = Page(name, title or Words(name, ""), _on_page(group, template, taken))
        ways = list(_ways(group, known))
        # What ends the form leads nowhere, and a rule of another page's question is a leftover that nothing follows.
        page.ways = [way for way in ways if name not in ENDS and (not way.choice or way.choice[0] in page.elements)]
        taken |= set(page.elements)
        found[name] = page
        template.remarks += _about(group, page, ways)
    return found if any(page.elements for page in found.values()) else {}


def _on_page(group: Part, template: Template, taken: set[int]) -> list[int]:
    numbers: list[int] = []
    for entry in group.items("elements"):
        number = as_id(entry)
        if number not in template.elements:
            group.wrong(f"names {shown(entry)}, which is the id of no element")
        if number in taken or number in numbers:
            group.wrong(f"names element {number}, which stands on a page already")
        numbers.append(number)
    return numbers


def _ways(group: Part, known: set[str]) -> Iterator[Way]:
    """Where it goes on from here; a page that does not say is the last."""
    following = group.data.get("nextAction")
    group.taken.add("nextAction")
    if isinstance(following, str):
        yield Way(_known(following, group, known))
    elif following is not None:
        for rule in group.parts("nextAction"):
            choice = rule.text("choiceId")
            to = _known(rule.text("groupId"), group, known)
            yield Way(to, otherwise=True) if OTHERWISE in choice else Way(to, read_choice_id(choice, group))


def _known(name: str, group: Part, known: set[str]) -> str:
    if name not in known and name not in (*ENDS, "review", ""):
        group.wrong(f"leads to {shown(name)}, and there is no such page")
    return name


def read_choice_id(text: str, part: Part) -> tuple[int, int]:
    """“12.4” is the fifth choice of element 12, and “12” alone its first."""
    found = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,9}))?", text, re.ASCII)
    if not found:
        part.wrong(f"a condition names the choice {shown(text)}, which is none")
    return int(found[1]), int(found[2] or 0)


def _about(group: Part, page: Page, ways: list[Way]) -> Iterator[str]:
    for way in ways:
        if way.choice and way.choice[0] not in page.elements:
            asks = f"{way.choice[0]}.{way.choice[1]}"
            yield f"Page {shown(page.title.en)}: the way by the choice {asks} is not kept, since it is not asked there."
    if any(way.to == "exit" for way in ways):
        yield f"Page {shown(page.title.en)}: there the form ends without being sent; here it can be sent all the same."
    for key, value in group.left():
        yield f"Page {shown(page.title.en)}: {key} {value} is not used."


def _wanted_order(template: Template, pages: Mapping[str, Page]) -> list[str]:
    """As the form lists its pages, otherwise by the first of their elements."""
    listed: list[Any] = template.top.items("groupsLayout")
    place = {number: index for index, number in enumerate(template.layout)}
    rest = sorted(pages, key=lambda name: min((place[one] for one in pages[name].elements), default=-1))
    names = [START, *(one for one in listed if isinstance(one, str)), *rest]
    return [name for name in dict.fromkeys(names) if name in pages]


def _ordered(pages: Mapping[str, Page], wanted: list[str]) -> list[Page]:
    """The pages that can be reached, each after those that lead to it, otherwise as wanted."""
    leads = {name: {way.to for way in page.ways} for name, page in pages.items()}
    reached = _reached(leads, START if START in pages else wanted[0])
    placed: list[str] = []
    while len(placed) < len(reached):
        later = [name for name in wanted if name in reached and name not in placed]
        ready = [one for one in later if not any(one in leads[other] for other in later if other != one)]
        # Pages that lead in a circle: one that can be reached already; the way back to it is no way.
        led = [one for one in later if any(one in leads[other] for other in placed)]
        placed.append((ready or led or later)[0])
    return [pages[name] for name in placed]


def _reached(leads: Mapping[str, set[str]], first: str) -> set[str]:
    reached, waiting = set(), [first]
    while waiting:
        name = waiting.pop()
        if name in leads and name not in reached:
            reached.add(name)
            waiting += leads[name]
    return reached


def _say_who_sees_them(pages: list[Page], template: Template, answered: ChoiceAnswered) -> None:
    """The first page is for everybody; another is for those whom a page before it leads there.

    An answer on a page that is not shown counts as none, so a way that hangs on an answer needs no more than that.
    """
    leading: dict[str, list[Condition] | None] = {pages[0].name: None}
    before: set[str] = set()
    for page in pages:
        before.add(page.name)
        conditions = leading[page.name]
        page.condition = None if conditions is None else _any(conditions, page)
        for way in page.ways:
            if way.to in before:
                template.remarks.append(f"Page {shown(page.title.en)}: the way back to {shown(way.to)} is not kept.")
                continue
            condition, known = _condition(way, page, answered), leading.setdefault(way.to, [])
            if condition is None:
                leading[way.to] = None
            elif known is not None:
                known.append(condition)


def _condition(way: Way, page: Page, answered: ChoiceAnswered) -> Condition | None:
    """When this way is taken; None is always."""
    if way.choice:
        return answered(*way.choice, f"Page {shown(page.title.en)}")
    if not way.otherwise:
        return page.condition
    others = [answered(*one.choice, f"Page {shown(page.title.en)}") for one in page.ways if one.choice]
    none_of_them: Condition | None = Joined("not", (_any(others, page),)) if others else None
    here = page.condition
    led_here = here.parts if isinstance(here, Joined) and here.how == "all" else (here,) if here else ()
    both = (*led_here, none_of_them) if none_of_them else led_here
    return Joined("all", both) if len(both) > 1 else both[0] if both else None


def _any(conditions: list[Condition], page: Page) -> Condition:
    """Any of these, each once, without joining what is joined already."""
    parts: dict[Condition, None] = {}
    for one in conditions:
        for part in one.parts if isinstance(one, Joined) and one.how == "any" else (one,):
            parts[part] = None
    if len(parts) > MOST_WAYS or any(depth(part) > DEEPEST - 2 for part in parts):
        raise TemplateError(f"Page {shown(page.title.en)}: the ways that lead there are too many to be followed.")
    return Joined("any", tuple(parts)) if len(parts) > 1 else next(iter(parts))


def depth(condition: Condition) -> int:
    return 1 + max(map(depth, condition.parts)) if isinstance(condition, Joined) else 0
