"""The elements of a form template as questions of ours, and a remark for whatever is not quite the same here. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from portal.imports.template import Element, Template, TemplateError, Words, shown
from portal.imports.template_pages import Page, read_choice_id, read_pages
from portal.questions.conditions import Condition, Is, Joined
from portal.questions.patterns import compiled
from portal.questions.rules import (
    IN_ROWS,
    LONGEST,
    MOST_ROWS,
    SILENT,
    Choice,
    Question,
    read_questions,
    write_questions,
)

FRENCH = "fr"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
PHONE = r"(\+?\d{1,3})?[-. (]*\d{3}[-. )]*\d{3}[-. ]*\d{4}( *x\d+)?"
LETTERS_AND_DIGITS = r"[A-Za-z0-9\s]+"
SHAPES: Mapping[str, tuple[str, Words]] = {
    "email": (
        EMAIL,
        Words(
            "Enter an e-mail address, such as name@example.com.",
            "Entrez une adresse courriel, par exemple nom@exemple.com.",
        ),
    ),
    "phone": (
        PHONE,
        Words(
            "Enter a phone number with ten digits, such as 111-222-3333.",
            "Entrez un numéro de téléphone à dix chiffres, par exemple 111-222-3333.",
        ),
    ),
    "alphanumeric": (
        LETTERS_AND_DIGITS,
        Words("Use letters and digits only.", "Utilisez seulement des lettres et des chiffres."),
    ),
}
NOT_THE_PATTERN = Words("This does not have the expected form.", "Cette réponse n’a pas la forme attendue.")
ADDRESS_LINES = {
    "street": Words("Street address", "Adresse municipale"),
    "city": Words("City or town", "Ville ou municipalité"),
    "province": Words("Province, territory or state", "Province, territoire ou état"),
    "postal": Words("Postal code or zip code", "Code postal ou zip"),
    "country": Words("Country", "Pays"),
}
NAME_LINES = {
    "first": Words("First name", "Prénom"),
    "middle": Words("Middle name", "Deuxième prénom"),
    "last": Words("Last name", "Nom de famille"),
}
CONTACT_LINES = {"phone": Words("Phone number", "Numéro de téléphone"), "email": Words("Email address", "Courriel")}
USUAL_ROW_WORDS = frozenset({"Entry", "Entrée", "Add", "Ajouter", "Remove", "Supprimer"})
MOST_STARS = 10
MOST_BOXES_IN_A_ROW = 10
PRIVACY = "privacy"
NO_WORDS = Words("", "")
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]*(?=[^#\s])", re.MULTILINE)


class Form(NamedTuple):
    """What a template comes to."""

    title: Words
    introduction: Words
    questions: tuple[Question, ...]
    counts: Counter[str]
    remarks: list[str]


def read_form(template: Template) -> Form:
    """The questions of a template. Raises TemplateError."""
    return _Reading(template).form()


@dataclass
class _Reading:
    """One template on its way to questions."""

    template: Template
    asked: dict[int, list[Question]] = field(default_factory=dict)
    values: dict[int, list[str]] = field(default_factory=dict)

    def form(self) -> Form:
        top, remarks = self.template.top, self.template.remarks
        title = top.words("title").one_line()
        if not title:
            top.wrong("has no title; a service needs a name (“titleEn”)")
        for number in self.template.layout:
            self._read_element(self.template.elements[number])
        questions = list(self._in_order(read_pages(self.template, self.answered)))
        introduction = top.part("introduction").words("description")
        if introduction.fr:
            remarks.append("The form: the French introduction is not kept; a service is described in one language.")
        if title.fr:
            remarks.append(f"The form: the French title {shown(title.fr)} is not kept; a service has one name.")
        remarks += self._about_the_form()
        return Form(title, introduction, self._checked(questions), Counter(q.kind for q in questions), remarks)

    def _checked(self, questions: list[Question]) -> tuple[Question, ...]:
        try:
            return read_questions(write_questions(questions))
        except ValueError as error:
            raise TemplateError(f"The form cannot be asked here: {error}.") from None

    def remark(self, element: Element, what: str) -> None:
        self.template.remarks.append(f"{element.place}: {what}.")

    # Pages and conditions

    def _in_order(self, pages: list[Page]) -> Iterator[Question]:
        """The questions page by page; what is said about privacy ends the first page, which everybody sees."""
        known: set[str] = set()
        for number, page in enumerate(pages):
            if len(pages) > 1 and (number or page.condition):
                key = _unused(f"page_{_as_key(page.name)}", known)
                yield _question(key, "section", page.title, new_step=True, shown_if=page.condition)
            for element in page.elements:
                for question in self.asked[element]:
                    yield self._with_condition(question, self.template.elements[element], known)
                known |= {question.key for question in self.asked[element]}
            if not number:
                yield from self._privacy()

    def _privacy(self) -> Iterator[Question]:
        policy = _with_headings(self.template.top.part("privacyPolicy").words("description"))
        if policy:
            yield _information(PRIVACY, Words("", ""), policy)

    def _with_condition(self, question: Question, element: Element, known: set[str]) -> Question:
        """Shown when one of its rules says so; a rule that looks ahead cannot be followed as one goes down a form."""
        conditions: list[Condition] = []
        for rule in element.properties.parts("conditionalRules"):
            number, choice = read_choice_id(rule.text("choiceId"), rule)
            condition = self.answered(number, choice, element.place)
            if set(condition.asks()) <= known:
                conditions.append(condition)
            else:
                self.remark(element, f"the rule {number}.{choice} asks for a later answer, so it is not followed")
        if not conditions:
            rules = bool(element.properties.data.get("conditionalRules"))
            return replace(question, required=False) if rules and question.required else question
        either = tuple(dict.fromkeys(conditions))
        return replace(question, shown_if=either[0] if len(either) == 1 else Joined("any", either))

    def answered(self, number: int, choice: int, place: str) -> Condition:
        """The condition that this element was answered with this choice."""
        if number not in self.template.elements:
            raise TemplateError(f"{place}: a condition names element {number}, which does not exist.")
        values = self.values.get(number, [])
        if choice >= len(values) or not values[choice]:
            raise TemplateError(
                f"{place}: a condition names the choice {number}.{choice}, and element {number} has no such choice."
            )
        kind = self.asked[number][0].kind
        if kind == "consent":
            return Is(f"e{number}", "equals", True)
        return Is(f"e{number}", "contains" if kind == "choices" else "equals", values[choice])

    # Elements

    def _read_element(self, element: Element) -> None:
        maker = MAKERS.get(element.kind)
        if maker is None:
            raise TemplateError(f"{element.place}: the type {shown(element.kind)} is not known.")
        self.asked[element.number] = maker(self, element)
        element.properties.items("conditionalRules")
        self._name_what_is_left(element)

    def _name_what_is_left(self, element: Element) -> None:
        """Whatever no maker has asked for is named."""
        properties = element.properties
        if fill := properties.text("autoComplete"):
            self.remark(element, f"autoComplete {shown(fill)} is not kept; a browser is not told what to fill in")
        rules = element.rules
        rules.flag("required")
        for part, called in ((rules, "validation, "), (properties, "")):
            for key, value in part.left():
                self.remark(element, f"{called}{key} {value} is not used")

    def key(self, element: Element) -> str:
        return f"e{element.number}"

    def wording(self, element: Element) -> Words:
        """What is asked. A question without words gets a name that can be found."""
        if element.title:
            return element.title
        called = self._heading_before(element) or Words(f"Question {element.number}", f"Question {element.number}")
        self.remark(element, f"has no title; it is called {shown(called.en)}")
        return called

    def _heading_before(self, element: Element) -> Words | None:
        """The heading that stands right above it, which is what a reader takes for its title."""
        if element.number not in self.template.elements:
            return None
        place = self.template.layout.index(element.number)
        before = self.template.elements[self.template.layout[place - 1]] if place else None
        if before is None or before.kind != "richText":
            return None
        text = before.properties.words("description")
        if before.title or not text.en.startswith("#") or "\n" in text.en:
            return before.title or None
        return Words(text.en.strip("# *"), text.fr.strip("# *"))

    def help(self, element: Element) -> Words:
        """The description, and the placeholder after it: words that vanish while one types help nobody."""
        said, inside = element.properties.words("description"), element.properties.words("placeholder")
        if not said:
            said = Words.of(element.properties.text("description"), "")
        if not inside:
            return said
        self.remark(element, f"the placeholder {shown(inside.en)} is shown as help, not inside the field")
        french = f"{said.fr or said.en} {inside.fr or inside.en}".strip() if said.fr or inside.fr else ""
        return Words(f"{said.en} {inside.en}".strip(), french)

    def ask(self, element: Element, kind: str, *, help: Words | None = None, **more: Any) -> Question:
        more = {"required": element.rules.flag("required"), **more}
        said = self.help(element) if help is None else help
        return _question(self.key(element), kind, self.wording(element), help=said, **more)

    def text_field(self, element: Element) -> list[Question]:
        shape = element.rules.text("type")
        if shape == "number":
            return self.number(element)
        if shape == "date":
            return self.date(element)
        if shape not in ("", "text", "name", "custom", *SHAPES):
            self.remark(element, f"validation, type {shown(shape)} is not known; any text is an answer")
        return [self._limited(element, self._shaped(element, shape, self.ask(element, "text")))]

    def text_area(self, element: Element) -> list[Question]:
        element.rules.text("type")
        return [self._limited(element, self.ask(element, "long_text"))]

    def _shaped(self, element: Element, shape: str, question: Question) -> Question:
        rules = element.rules
        pattern, said = SHAPES.get(shape, ("", NOT_THE_PATTERN))
        if shape == "custom":
            pattern = self._own_pattern(element)
        own = rules.words("description") or Words.of(rules.text("descriptionEN"), rules.text("descriptionFR"))
        if not pattern:
            return _with_help(question, own)
        return _translated(replace(question, pattern=pattern), "pattern_message", own or said)

    def _own_pattern(self, element: Element) -> str:
        """The form's own expression. There it may match anywhere in the answer; here it has to match all of it."""
        wanted = element.rules.text("regex")
        anchored = wanted.startswith("^") and wanted.endswith("$") and "|" not in wanted
        pattern = wanted[1:-1] if anchored else f"(?s:.*)(?:{wanted})(?s:.*)" if wanted else ""
        try:
            compiled(pattern)
        except ValueError:
            self.remark(element, f"validation, regex {shown(wanted)} cannot be used here; any text is an answer")
            return ""
        return pattern

    def _limited(self, element: Element, question: Question) -> Question:
        """With the most characters; a short text that may be longer than ours becomes a long one."""
        most = element.rules.whole("maxLength")
        if most is None:
            return question
        if most < 1:
            element.properties.wrong("“maxLength” must be 1 or more")
        if question.kind == "text" and most > LONGEST["text"]:
            self.remark(element, f"may have {most:,} characters, so it is asked with room for several lines")
            question = replace(question, kind="long_text")
        if most > LONGEST[question.kind]:
            self.remark(element, f"maxLength {most:,} is cut to {LONGEST[question.kind]:,} characters")
        return replace(question, most=min(most, LONGEST[question.kind]))

    def number(self, element: Element) -> list[Question]:
        rules, properties = element.rules, element.properties
        least, most = rules.number("minValue"), rules.number("maxValue")
        if least is None and not properties.flag("allowNegativeNumbers"):
            least = 0
        if least is not None and most is not None and most < least:
            properties.wrong("“maxValue” is less than the least that is allowed")
        question = self.ask(element, "number", least=least, most=most)
        if currency := properties.text("currencyCode"):
            question = _with_help(question, Words(f"({currency})", f"({currency})"))
        rules.text("type")
        return [_with_help(question, rules.words("description"))]

    def date(self, element: Element) -> list[Question]:
        if wanted := element.properties.text("dateFormat"):
            self.remark(element, f"dateFormat {shown(wanted)}: a day is entered here as every day in the portal")
        element.rules.text("type")
        return [_with_help(self.ask(element, "date"), element.rules.words("description"))]

    def one_of(self, element: Element) -> list[Question]:
        return [self._chosen(element, "choice")]

    def from_a_list(self, element: Element) -> list[Question]:
        """A dropdown, or one to type in; a list that is kept outside the form cannot be had."""
        properties = element.properties
        if listed := properties.data.get("managedChoices"):
            properties.taken.add("managedChoices")
            if not any(element.choices()):
                self.remark(element, f"the list {shown(listed)} is not in the file, so any text is an answer")
                return [self.ask(element, "text")]
            self.remark(element, f"the list {shown(listed)} is not in the file; its own choices are offered")
        if element.kind == "combobox" and not properties.flag("strictValue"):
            self.remark(element, "an answer that is not in the list is not taken here")
        return [self._chosen(element, "dropdown")]

    def many_of(self, element: Element) -> list[Question]:
        """Boxes to tick. One that has to be ticked is a consent; “all” is as many as there are."""
        every = element.rules.flag("all") or element.kind == "attestation"
        required = element.rules.flag("required") or element.kind == "attestation"
        choices = self._choices(element)
        if required and len(choices) == 1:
            said = Words(choices[0].words, choices[0].translations.get(FRENCH, ""))
            consent = _question(self.key(element), "consent", said, required=True, help=element.title)
            return [_with_help(consent, self.help(element))]
        least = len(choices) if every and required else None
        return [self.ask(element, "choices", choices=choices, required=required, least=least)]

    def _chosen(self, element: Element, kind: str) -> Question:
        choices = self._choices(element)
        order = element.properties.text("sortOrder")
        if order in ("ascending", "descending"):
            choices = tuple(sorted(choices, key=lambda one: one.words.casefold(), reverse=order == "descending"))
        return self.ask(element, kind, choices=choices)

    def _choices(self, element: Element) -> tuple[Choice, ...]:
        """The choices with words. What is kept is the English, as the other system keeps it."""
        values: list[str] = []
        found: list[Choice] = []
        for words in element.choices():
            value = _unused(words.en, values, " (%d)") if words else ""
            if value != words.en:
                self.remark(element, f"a choice stands there twice; the later is kept as {shown(value)}")
            values.append(value)
            if value:
                found.append(Choice(value, words.en, {FRENCH: words.fr} if words.fr else {}))
        self.values[element.number] = values
        if not found:
            element.properties.wrong("has nothing to choose from")
        if len(found) < len(values):
            self.remark(element, "an empty choice is left out; nothing chosen says the same")
        return tuple(found)

    def stars(self, element: Element) -> list[Question]:
        count = element.properties.whole("numberOfStars") or 5
        if not 2 <= count <= MOST_STARS:
            element.properties.wrong(f"“numberOfStars” must be from 2 to {MOST_STARS}")
        self.remark(element, "stars are asked as numbers to choose from")
        numbers = [str(number) for number in range(1, count + 1)]
        self.values[element.number] = numbers
        return [self.ask(element, "choice", choices=tuple(Choice(one, one) for one in numbers))]

    def file(self, element: Element) -> list[Question]:
        wanted = element.properties.data.get("fileType")
        element.properties.taken.add("fileType")
        kinds = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
        listed = ", ".join(one.strip(" .,") for one in kinds if isinstance(one, str) and one.strip(" .,"))
        question = self.ask(element, "file")
        if not listed:
            return [question]
        self.remark(element, f"fileType {shown(listed)} is shown as help; the portal's own rules for files decide")
        said = Words(f"File types: {listed}.", f"Types de fichiers : {listed}.")
        return [_with_help(question, said)]

    def text_to_read(self, element: Element) -> list[Question]:
        text = _with_headings(element.properties.words("description"))
        if not text and not element.title:
            self.remark(element, "has no words, so it is left out")
            return []
        return [_information(self.key(element), element.title, text)]

    def rows(self, element: Element) -> list[Question]:
        """Rows that repeat. What a row cannot ask here follows the rows as a question of its own."""
        if not element.columns:
            element.properties.wrong("repeats, but has no “subElements” to repeat")
        columns, after = self._columns(element)
        if not any(column.kind not in SILENT for column in columns) and not after:
            element.properties.wrong("repeats, but asks nothing in its rows")
        most = element.properties.whole("maxNumberOfRows")
        if most is not None and most < 1:
            element.properties.wrong("“maxNumberOfRows” must be 1 or more")
        if most is not None and most > MOST_ROWS:
            self.remark(element, f"maxNumberOfRows {most:,} is cut to {MOST_ROWS}")
        self._row_words(element)
        required = element.rules.flag("required")
        bounds = {"least": 1 if required else None, "most": min(most, MOST_ROWS) if most else None}
        if not any(column.kind not in SILENT for column in columns):
            self.remark(element, "its rows ask nothing that a row can ask here, so there are none")
            return after
        said = element.properties.words("description")
        return [self.ask(element, "rows", columns=tuple(columns), help=said, **bounds), *after]

    def _row_words(self, element: Element) -> None:
        if inside := element.properties.words("placeholder"):
            self.remark(element, f"the placeholder {shown(inside.en)} is not used; rows are numbered")
        words = element.properties.part("dynamicRow")
        for key in words.data:
            said = words.text(key)
            if said and said not in USUAL_ROW_WORDS:
                self.remark(element, f"{key} {shown(said)} is not used; rows have the portal's own buttons")

    def _columns(self, element: Element) -> tuple[list[Question], list[Question]]:
        """What each row asks, and what is asked once after them."""
        columns: list[Question] = []
        after: list[Question] = []
        for column in element.columns:
            for question in self._read_column(column):
                fitting = self._for_a_row(column, question)
                columns += fitting
                if not fitting:
                    self.remark(column, f"cannot be asked in each row of element {element.number}; it follows, once")
                    after.append(replace(question, key=f"e{element.number}_{question.key}"))
        return columns, after

    def _read_column(self, column: Element) -> list[Question]:
        if column.kind == "dynamicRow":
            column.properties.wrong("repeating rows inside repeating rows are not possible")
        maker = MAKERS.get(column.kind)
        if maker is None:
            raise TemplateError(f"{column.place}: the type {shown(column.kind)} is not known.")
        # A sub-element may share its id with an element; conditions mean the element.
        kept = self.values.get(column.number)
        questions = maker(self, column)
        self.values.pop(column.number, None)
        if kept is not None:
            self.values[column.number] = kept
        if column.properties.items("conditionalRules"):
            self.remark(column, "its conditionalRules are not followed; every row asks for it")
            questions = [replace(question, required=False) for question in questions]
        self._name_what_is_left(column)
        return questions

    def _for_a_row(self, column: Element, question: Question) -> list[Question]:
        """The question as a row can ask it; nothing where it cannot."""
        if question.kind in IN_ROWS:
            return [question]
        if question.kind == "consent":
            self.remark(column, "is asked as yes or no in each row")
            return [replace(question, kind="yes_no")]
        if question.kind == "choices" and len(question.choices) <= MOST_BOXES_IN_A_ROW:
            self.remark(column, "each of its boxes is asked as yes or no in each row")
            return [self._box(question, number, one) for number, one in enumerate(question.choices, start=1)]
        return []

    def _box(self, question: Question, number: int, one: Choice) -> Question:
        asked, said = _words_of(question), Words(one.words, one.translations.get(FRENCH, ""))
        french = f"{asked.fr or asked.en}: {said.fr or said.en}" if asked.fr or said.fr else ""
        return _question(f"{question.key}_{number}", "yes_no", Words(f"{asked.en}: {said.en}", french))

    def lines(self, element: Element, lines: Mapping[str, Words]) -> list[Question]:
        """Several short texts where the other system has one element."""
        title, said = element.title, self.help(element)
        self.remark(element, f"is asked as {len(lines)} short texts")
        required = element.rules.flag("required")
        found = []
        for name, words in lines.items():
            french = f"{title.fr or title.en}: {words.fr}" if title else words.fr
            wording = Words(f"{title.en}: {words.en}" if title else words.en, french)
            asked = required and name != "middle"
            found.append(_question(f"{self.key(element)}_{name}", "text", wording, help=said, required=asked))
            said = Words("", "")
        return found

    def address(self, element: Element) -> list[Question]:
        """An address; that it is looked up while one types cannot be had."""
        components = element.properties.part("addressComponents")
        in_canada, _ = components.flag("canadianOnly"), components.flag("splitAddress")
        self.remark(element, "an address is typed, not looked up")
        lines = {name: words for name, words in ADDRESS_LINES.items() if name != "country" or not in_canada}
        return self.lines(element, lines)

    def name(self, element: Element) -> list[Question]:
        return self.lines(element, NAME_LINES)

    def contact(self, element: Element) -> list[Question]:
        """Phone and e-mail address, each with its form."""
        return [
            _translated(replace(one, pattern=SHAPES[key][0]), "pattern_message", SHAPES[key][1])
            for one, key in zip(self.lines(element, CONTACT_LINES), CONTACT_LINES, strict=True)
        ]

    def departments(self, element: Element) -> list[Question]:
        self.remark(element, "the list of departments is not in the file, so any text is an answer")
        return [self.ask(element, "text")]

    def not_possible(self, element: Element) -> list[Question]:
        self.remark(element, "this type is not supported, so it is left out")
        element.title, element.rules.flag("required")
        return []

    # The form around the elements

    def _about_the_form(self) -> Iterator[str]:
        top = self.template.top
        ending = top.part("confirmation")
        if said := ending.words("description").one_line():
            yield f"The form: the confirmation {shown(said.en)} is not shown; the portal has its own."
        for key in ("referrerUrlEn", "referrerUrlFr"):
            if address := ending.text(key):
                yield f"The form: {key} {shown(address)} is not used; a request has a page of its own afterwards."
        if top.part("brand").data:
            yield "The form: its brand (names, addresses, logos) is not used; the portal has its own look."
        top.taken |= {"brand", "groups", "groupsLayout", "layout", "elements"}
        for part in (top, ending, top.part("introduction"), top.part("privacyPolicy")):
            for key, value in part.left():
                if key not in ("descriptionEn", "descriptionFr"):
                    yield f"The form: {key} {value} is not used."


Maker = Callable[[_Reading, Element], list[Question]]
MAKERS: Mapping[str, Maker] = {
    "textField": _Reading.text_field,
    "textArea": _Reading.text_area,
    "radio": _Reading.one_of,
    "checkbox": _Reading.many_of,
    "attestation": _Reading.many_of,
    "dropdown": _Reading.from_a_list,
    "combobox": _Reading.from_a_list,
    "fileInput": _Reading.file,
    "richText": _Reading.text_to_read,
    "dynamicRow": _Reading.rows,
    "formattedDate": _Reading.date,
    "numberInput": _Reading.number,
    "starRating": _Reading.stars,
    "address": _Reading.address,
    "addressComplete": _Reading.address,
    "name": _Reading.name,
    "firstMiddleLastName": _Reading.name,
    "contact": _Reading.contact,
    "departments": _Reading.departments,
    "customJson": _Reading.not_possible,
}


def _question(key: str, kind: str, wording: Words, *, help: Words = NO_WORDS, **more: Any) -> Question:
    question = _translated(Question(key, kind, wording.en, **more), "wording", wording)
    return _with_help(question, help)


def _with_headings(text: Words) -> Words:
    """Markdown whose headings are known for such: there “ ##Like this” is one."""
    return Words(*(HEADING.sub(r"\n\1 ", part).strip() for part in text))


def _information(key: str, title: Words, text: Words) -> Question:
    """Markdown to read, under its title."""
    if not title or not text:
        return _question(key, "information", title or text)
    french = f"#### {title.fr or title.en}\n\n{text.fr or text.en}" if title.fr or text.fr else ""
    return _question(key, "information", Words(f"#### {title.en}\n\n{text.en}", french))


def _translated(question: Question, part: str, words: Words) -> Question:
    """The question with these words for one of its parts, in each language that has them."""
    changes: dict[str, Any] = {part: words.en}
    if words.fr:
        french = {**question.translations.get(FRENCH, {}), part: words.fr}
        changes["translations"] = {**question.translations, FRENCH: french}
    return replace(question, **changes)


def _with_help(question: Question, more: Words) -> Question:
    """The question with more help, after what it has."""
    if not more:
        return question
    has = Words(question.help, question.translations.get(FRENCH, {}).get("help", ""))
    french = f"{has.fr or has.en} {more.fr or more.en}".strip() if has.fr or more.fr else ""
    return _translated(question, "help", Words(f"{has.en} {more.en}".strip(), french))


def _words_of(question: Question) -> Words:
    return Words(question.wording, question.translations.get(FRENCH, {}).get("wording", ""))


def _unused(text: str, taken: Collection[str], numbered: str = "_%d") -> str:
    """The text, with a number where it is taken already."""
    found, number = text, 1
    while found in taken:
        number += 1
        found = text + numbered % number
    return found


def _as_key(name: str) -> str:
    """The id of a page as a part of a key."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "0"
