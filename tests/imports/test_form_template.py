"""A form template of another system: what becomes of each of its parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.imports import template
from portal.imports.template import TemplateError
from portal.imports.template_questions import MAKERS
from portal.questions.rules import visible
from tests.imports.forms import a_template, choices, element, question, read

YES_NO = choices(("Yes", "Oui"), ("No", "Non"))


def remarks(*elements: Any, **more: Any) -> str:
    return "\n".join(read(a_template(*elements, **more)).remarks)


def test_words_come_in_both_languages_and_a_french_that_says_the_same_is_left_out() -> None:
    form = read(
        a_template(
            element(1, "textField", "Name", "Nom", descriptionEn="As on your badge", descriptionFr=""),
            element(2, "radio", "Code", "Code", choices=YES_NO),
        )
    )
    assert question(form, "e1").in_language("fr").wording == "Nom"
    assert question(form, "e1").in_language("fr").help == "As on your badge"
    assert question(form, "e2").translations == {}
    assert [one.words for one in question(form, "e2").in_language("fr").choices] == ["Oui", "Non"]


def test_each_kind_of_element_becomes_the_kind_of_question_that_asks_the_same() -> None:
    three = choices("a", "b", "c")
    wanted = {
        "textField": "text",
        "textArea": "long_text",
        "radio": "choice",
        "checkbox": "choices",
        "attestation": "choices",
        "dropdown": "dropdown",
        "combobox": "dropdown",
        "formattedDate": "date",
        "numberInput": "number",
        "starRating": "choice",
        "fileInput": "file",
        "richText": "information",
        "departments": "text",
    }
    for kind, ours in wanted.items():
        form = read(a_template(element(1, kind, "What?", choices=three)))
        assert [one.kind for one in form.questions] == [ours], kind


def test_every_type_that_the_format_knows_is_read() -> None:
    known = "textField textArea dropdown radio checkbox fileInput dynamicRow richText attestation combobox"
    later = "address addressComplete name firstMiddleLastName departments contact formattedDate numberInput"
    assert set(f"{known} {later} customJson starRating".split()) == set(MAKERS)


def test_texts_get_the_shape_and_length_that_is_asked_for() -> None:
    email = {"type": "email", "required": True, "maxLength": 80, "descriptionEn": "", "descriptionFr": ""}
    own = {"type": "custom", "regex": "^[A-Z]{2}\\d+$", "descriptionEn": "Two letters", "descriptionFr": "Deux lettres"}
    form = read(
        a_template(
            element(1, "textField", "Mail", validation=email),
            element(2, "textField", "Number", validation=own),
            element(3, "textField", "Amount", validation={"type": "number"}),
            element(4, "textField", "Day", validation={"type": "date"}),
            element(5, "textField", "Essay", validation={"maxLength": 900}),
        )
    )
    mail, number, amount, day, essay = form.questions
    assert (mail.required, mail.most, bool(mail.pattern)) == (True, 80, True)
    assert "adresse courriel" in mail.in_language("fr").pattern_message
    assert (number.pattern, number.in_language("fr").pattern_message) == ("[A-Z]{2}\\d+", "Deux lettres")
    assert (amount.kind, amount.least, day.kind) == ("number", 0, "date")
    assert (essay.kind, essay.most) == ("long_text", 900)


def test_a_pattern_that_cannot_be_used_is_named() -> None:
    broken = {"type": "custom", "regex": "(["}
    assert "regex “([” cannot be used here" in remarks(element(1, "textField", "Code", validation=broken))


def test_a_box_that_has_to_be_ticked_is_a_consent_and_several_have_all_to_be_ticked() -> None:
    rules = {"required": True, "all": True}
    alone = element(1, "checkbox", "Consent", choices=choices(("I agree", "J’accepte")), validation=rules)
    three = element(2, "checkbox", "I agree to:", choices=choices("a", "b", "c"), validation=rules)
    form = read(a_template(alone, three))
    consent, boxes = form.questions
    assert (consent.kind, consent.wording, consent.in_language("fr").wording) == ("consent", "I agree", "J’accepte")
    assert consent.help == "Consent"
    assert (boxes.kind, boxes.least, boxes.required) == ("choices", 3, True)


def test_rows_ask_what_a_row_can_ask_and_what_it_cannot_is_named() -> None:
    row = element(
        1,
        "dynamicRow",
        "Devices",
        maxNumberOfRows=60,
        validation={"required": True},
        subElements=[
            element(101, "textField", "Name", "Nom"),
            element(102, "richText", descriptionEn="Read **this**"),
            element(103, "checkbox", "Needs", choices=choices("Power", "Net")),
            element(104, "fileInput", "Photo"),
        ],
    )
    form = read(a_template(row))
    rows, photo = form.questions
    assert [(one.key, one.kind) for one in rows.columns] == [
        ("e101", "text"),
        ("e102", "information"),
        ("e103_1", "yes_no"),
        ("e103_2", "yes_no"),
    ]
    assert (rows.least, rows.most) == (1, 50)
    assert (photo.key, photo.kind) == ("e1_e104", "file")
    said = "\n".join(form.remarks)
    assert "Element 104 (fileInput “Photo”): cannot be asked in each row of element 1" in said
    assert "maxNumberOfRows 60 is cut to 50" in said
    assert "Element 103 (checkbox “Needs”): each of its boxes is asked as yes or no" in said


def test_an_address_is_asked_line_by_line() -> None:
    form = read(a_template(element(1, "addressComplete", "Home", addressComponents={"canadianOnly": True})))
    assert [one.wording for one in form.questions][:2] == ["Home: Street address", "Home: City or town"]
    assert len(form.questions) == 4
    assert len(read(a_template(element(1, "address", "Home"))).questions) == 5


def test_a_condition_counts_choices_from_nought_empty_ones_included() -> None:
    listed = element(1, "dropdown", "Where?", choices=choices("", "Here", "There"))
    boxes = element(2, "checkbox", "Which?", choices=choices("a", "b"))
    rules = [{"choiceId": "1.2"}, {"choiceId": "2.0"}]
    form = read(a_template(listed, boxes, element(3, "textField", "More", conditionalRules=rules)))

    def is_shown(**answers: Any) -> bool:
        return any(one.key == "e3" for one in visible(form.questions, answers))

    assert is_shown(e1="There")
    assert not is_shown(e1="Here")
    assert is_shown(e2=["b", "a"])
    assert not is_shown()


def test_a_rule_that_looks_ahead_is_named_and_asks_for_nothing() -> None:
    early = element(1, "textField", "More", validation={"required": True}, conditionalRules=[{"choiceId": "2.0"}])
    form = read(a_template(early, element(2, "radio", "Which?", choices=YES_NO)))
    assert not question(form, "e1").required
    assert "Element 1 (textField “More”): the rule 2.0 asks for a later answer" in "\n".join(form.remarks)


def paged(**groups: Any) -> Any:
    """A form of four elements on pages."""
    ask = element(1, "radio", "Which way?", choices=choices("Left", "Right"))
    texts = [element(number, "textField", f"Text {number}") for number in (2, 3, 4)]
    return read(
        a_template(ask, *texts, groups=groups, privacyPolicy={"descriptionEn": "We keep it.", "descriptionFr": ""})
    )


def page(elements: str, following: Any = "review", **more: Any) -> dict[str, Any]:
    return {
        "name": "A page",
        "titleEn": "A page",
        "titleFr": "",
        "elements": elements.split(),
        "nextAction": following,
        **more,
    }


def shown(form: Any, **answers: Any) -> str:
    return " ".join(one.key for one in visible(form.questions, answers) if one.key.startswith("e"))


def test_pages_are_steps_that_the_answers_lead_to() -> None:
    ways = [{"groupId": "left", "choiceId": "1.0"}, {"groupId": "right", "choiceId": "1.1"}]
    form = paged(start=page("1", ways), left=page("2", "last"), right=page("3"), last=page("4"))
    assert shown(form) == "e1"
    assert shown(form, e1="Left") == "e1 e2 e4"
    assert shown(form, e1="Right") == "e1 e3"
    assert [one.key for one in form.questions if one.new_step] == ["page_left", "page_right", "page_last"]
    assert [one.key for one in form.questions[:2]] == ["e1", "privacy"]


def test_a_way_for_all_other_answers_is_followed() -> None:
    ways = [{"groupId": "left", "choiceId": "1.0"}, {"groupId": "right", "choiceId": "1.catch-all"}]
    form = paged(start=page("1", ways), left=page("2"), right=page("3 4"))
    assert shown(form, e1="Left") == "e1 e2"
    assert shown(form, e1="Right") == "e1 e3 e4"
    assert shown(form) == "e1 e3 e4"


def test_many_pages_may_each_lead_on_for_all_other_answers() -> None:
    asks = [element(n, "radio", f"Stop at {n}?", choices=choices("Yes", "No")) for n in range(1, 21)]
    groups = {
        f"p{n}": page(
            str(n), [{"groupId": "review", "choiceId": f"{n}.0"}, {"groupId": f"p{n + 1}", "choiceId": "catch-all"}]
        )
        for n in range(1, 20)
    }
    form = read(a_template(*asks, groups={**groups, "p20": page("20")}))
    assert len(shown(form, **{f"e{n}": "No" for n in range(1, 21)}).split()) == 20
    assert shown(form, e1="No", e2="No", e3="Yes") == "e1 e2 e3"


def test_pages_that_lead_in_a_circle_are_asked_once() -> None:
    form = paged(start=page("1 2", "a"), a=page("3", "b"), b=page("4", "a"))
    assert shown(form) == "e1 e2 e3 e4"
    assert "the way back to “a” is not kept" in "\n".join(form.remarks)


def test_what_no_page_leads_to_is_asked_and_named() -> None:
    form = paged(start=page("1"), alone=page("2"))
    assert shown(form) == "e1 e2 e3 e4"
    said = "\n".join(form.remarks)
    assert "no other page leads there" in said
    assert "element 3, 4 stands on no page" in said


def test_a_page_that_ends_the_form_is_named() -> None:
    form = paged(start=page("1 2 3 4", "exit", exitUrlEn="https://example.com"))
    said = "\n".join(form.remarks)
    assert "there the form ends without being sent" in said
    assert "exitUrlEn “https://example.com” is not used" in said


def test_nothing_is_dropped_in_silence() -> None:
    odd = element(1, "textField", "Name", autoComplete="name", placeholderEn="Ada", wibble=3, headingLevel="h3")
    ending = {"descriptionEn": "Thanks", "descriptionFr": "", "referrerUrlEn": "https://example.com", "wobble": True}
    said = remarks(odd, confirmation=ending, brand={"name": "x"}, closedMessage={"descriptionEn": "Closed"})
    for word in ("autoComplete", "placeholder", "wibble", "headingLevel", "confirmation", "referrerUrlEn", "wobble"):
        assert word in said, word
    assert "brand" in said and "closedMessage" in said and "Emprunter un portable" in said


def test_a_record_around_the_form_is_looked_through() -> None:
    form = read({"id": "cm3", "name": "x", "form": a_template(element(1, "textField", "Name"))})
    assert form.title.en == "Borrow a laptop"
    assert "The record around the form: name “x” is not used." in form.remarks


def test_a_byte_order_mark_does_no_harm() -> None:
    data = json.dumps(a_template(element(1, "textField", "Name"))).encode("utf-8-sig")
    assert len(read(data).questions) == 1


NAME = element(1, "textField", "Name")
RADIO = element(2, "radio", "Which?", choices=YES_NO)
FAULTY: list[tuple[Any, str]] = [
    (b'{"titleEn": "x",\n  oops}', "not JSON: expecting property name enclosed in double quotes in line 2, column 3"),
    (b"", "not JSON: expecting value in line 1, column 1"),
    (b"[1, 2]", "holds a list, not a form template"),
    (b'"form"', "holds a text, not a form template"),
    ('{"titleEn": "é"}'.encode("latin-1"), "not written in UTF-8 (byte 14)"),
    ("{}".encode("utf-16"), "not written in UTF-8 (byte 1)"),
    (b'{"elements": NaN}', "NaN is no number"),
    (b'{"elements": [' + b"9" * 5000 + b"]}", "thousands of digits"),
    (b'{"elements": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    (b'{"elements": ' + b"[" * 30 + b"]" * 30 + b"}", "nested too deeply to be a form, at elements[0]"),
    (b'{"elements": [], "elements": []}', "says “elements” twice"),
    (b" " * (template.LARGEST_FILE + 1), "larger than 5 MB"),
    ({"answers": "{}", "confirmationCode": "1", "checksum": "2"}, "a response to a form, not a form template"),
    ({"titleEn": "x"}, "it has no “elements”"),
    (a_template(), "“elements” is empty"),
    (a_template(NAME, NAME, layout=[1]), "Two elements have the id 1."),
    (a_template(NAME, layout=[1, 7]), "“layout” names “7”, which is the id of no element"),
    (a_template(NAME, layout=[1, 1]), "names element 1 twice"),
    (a_template(NAME, titleEn="", titleFr=""), "has no title"),
    (a_template(NAME, titleEn=["x"]), "“titleEn” must be a text, not a list"),
    (a_template({"id": True, "type": "textField", "properties": {}}), "“id” must be a whole number"),
    (a_template({"id": 1, "properties": {}}, layout=[]), "has no “type”"),
    (a_template({"id": 1, "type": "textField"}), "Element 1: has no “properties”"),
    (a_template(element(1, "hologram", "See")), "Element 1 (hologram “See”): the type “hologram” is not known."),
    (a_template(element(1, "radio", "Which?")), "Element 1: has nothing to choose from."),
    (a_template(element(1, "dynamicRow", "Rows")), "has no “subElements” to repeat"),
    (a_template(element(1, "textField", "x" * 20_001)), "longer than 20,000 characters"),
    (a_template(element(1, "textField", "a\ud800b")), "a character that cannot be shown"),
    (a_template(element(1, "textField", "a\0b")), "The text at elements[0].properties.titleEn holds a character"),
    (a_template(element(1, "textField", "N", validation={"maxLength": -1})), "“maxLength” must be 1 or more"),
    (a_template(*[element(n, "textField", "N") for n in range(1, 502)]), "The form has 501 elements; 500 are the most"),
    (
        a_template(NAME, element(3, "textField", "More", conditionalRules=[{"choiceId": "9.0"}])),
        "Element 3 (textField “More”): a condition names element 9, which does not exist.",
    ),
    (
        a_template(RADIO, element(3, "textField", "More", conditionalRules=[{"choiceId": "2.2"}])),
        "Element 3 (textField “More”): a condition names the choice 2.2, and element 2 has no such choice.",
    ),
    (
        a_template(RADIO, element(3, "textField", "More", conditionalRules=[{"choiceId": "two"}])),
        "a condition names the choice “two”, which is none",
    ),
    (
        a_template(element(1, "dynamicRow", "A", subElements=[element(2, "dynamicRow", "B", subElements=[NAME])])),
        "repeating rows inside repeating rows",
    ),
    (a_template(NAME, groups={f"p{n}": page("") for n in range(201)}), "The form has 201 pages; 200 are the most"),
    (a_template(NAME, groups={"start": page("1 8")}), "names “8”, which is the id of no element"),
    (a_template(NAME, groups={"start": page("1", "nowhere")}), "leads to “nowhere”, and there is no such page"),
]


@pytest.mark.parametrize(("data", "reason"), FAULTY, ids=range(len(FAULTY)))
def test_a_broken_file_is_refused_with_the_reason_and_the_place(data: Any, reason: str) -> None:
    with pytest.raises(TemplateError) as refused:
        read(data)
    assert reason in str(refused.value)
    assert str(refused.value).endswith((".", "?"))
