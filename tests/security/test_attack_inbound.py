"""Attacks by mail: loops and storms, forged senders and links, words that want to be headers, hostile files."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from portal.extensions import db
from portal.files.models import StoredFile
from portal.files.policy import ALLOWED
from portal.inbound.actions import MOST_ACKNOWLEDGED, MOST_PROVED
from portal.inbound.arriving import receive
from portal.inbound.models import InboundMessage
from portal.mail.delivery import as_email, deliver_waiting
from portal.mail.models import OutboxMessage
from portal.requests import actions, watching
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.moment import as_if, now
from tests.builders import TUESDAY_10, a_person, a_request
from tests.inbound.conftest import HELP, Desk, a_mail, desk
from tests.inbound.test_outcomes import report
from tests.mail.conftest import PostOffice, office, server
from tests.mail.test_delivery import HOSTILE
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
__all__ = ["desk", "office", "server"]
"""Fixtures of other rooms."""
NOON = TUESDAY_10 + timedelta(hours=2)


def mailed() -> int:
    return db.session.query(OutboxMessage).count()


def to_others(than: str = "kyra@example.com") -> list[str]:
    """The subjects of mail to anybody outside the desk."""
    return [one.subject for one in db.session.query(OutboxMessage) if one.to_address != than]


# --- loops and storms (FreeScout#2445) ---------------------------------------------------------------------------

AUTOMATIC = [
    {"auto_submitted": "auto-replied"},
    {"auto_submitted": "auto-generated"},
    {"precedence": "bulk"},
    {"precedence": "junk"},
    {"precedence": "list"},
    {"x_auto_response_suppress": "All"},
    {"return_path": "<>"},
    {"list_id": "<news.example.com>"},
]


@pytest.mark.parametrize("headers", AUTOMATIC)
@pytest.mark.parametrize("where", ["plain", "token"])
def test_automatic_mail_is_never_answered_and_moves_nothing(desk: Desk, headers: dict[str, str], where: str) -> None:
    before = mailed()
    row = desk.take_in(to=HELP if where == "plain" else desk.address_of(desk.customer), **headers)
    assert row.outcome == "automatic" and mailed() == before
    assert db.session.query(ServiceRequest).count() == 1 and len(desk.events()) == 1


def test_two_portals_that_mail_each_other_fall_silent_at_once(desk: Desk, office: PostOffice) -> None:
    """Everything that we send comes back to us, as if the other side had written the same."""
    from portal.mail.background import configured_server

    desk.app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=office.port)
    desk.take_in(subject="Hello")
    for _ in range(3):
        deliver_waiting(configured_server(), at=now())  # type: ignore[arg-type]
        sent, office.raw = office.raw, []
        for _to, raw in sent:
            other = raw.replace(b"From: ", b"X-From: ").replace(b"Message-ID: <", b"Message-ID: <other.")
            assert receive(b"From: anna@example.com\r\n" + other) == "automatic"
            assert receive(raw) == "automatic"
    assert office.raw == [] and db.session.query(OutboxMessage).filter_by(sent_at=None).count() == 0


def test_mail_from_our_own_address_is_a_loop_even_without_a_sign_of_it(desk: Desk) -> None:
    a_person("Helpdesk", email=HELP)
    db.session.commit()
    before = mailed()
    for sender in (HELP, f"Halden Works <{desk.address_of(desk.customer)}>", "HELP+x@desk.example"):
        assert desk.take_in(sender).outcome == "automatic"
    assert mailed() == before


@pytest.mark.parametrize("where", ["plain", "token after the end"])
def test_a_responder_that_hides_what_it_is_gets_three_answers_an_hour(desk: Desk, where: str) -> None:
    if where != "plain":
        actions.resolve(desk.request, words="Done.", by=desk.agent, at=NOON)
        db.session.commit()
    before = len(to_others())
    to = HELP if where == "plain" else desk.address_of(desk.customer)
    for minute in range(40):
        with as_if(NOON + timedelta(minutes=minute)):
            desk.take_in(words="I am on holiday.", to=to, subject="I am away")
    assert len(to_others()) - before == MOST_ACKNOWLEDGED == 3
    with as_if(NOON + timedelta(minutes=100)):
        desk.take_in(words="I am on holiday.", to=to)
    assert len(to_others()) - before == 4


def test_two_responders_that_hide_what_they_are_do_not_answer_each_other_for_ever(desk: Desk) -> None:
    fritz = a_person("Fritz Ohm", email="fritz@example.com")
    watching.watch(desk.request, fritz, by=desk.customer, at=NOON)
    away = {person.email: {"words": "I am away.", "to": desk.address_of(person)} for person in (desk.customer, fritz)}
    with as_if(NOON):
        desk.take_in("anna@example.com", **away["anna@example.com"])
        for number in range(100):
            letter = db.session.query(OutboxMessage).order_by(OutboxMessage.id).offset(number).first()
            if letter is None:
                break
            if letter.to_address in away:
                last = desk.take_in(letter.to_address, **away[letter.to_address])
    assert letter is None and [one.kind for one in desk.events()].count("replied") == 2 * MOST_PROVED
    assert last.outcome == "too_many" and last.is_to_sort and last.raw
    with as_if(NOON + timedelta(minutes=61)):
        assert desk.take_in("anna@example.com", **away["anna@example.com"]).outcome == "reply"


def test_a_robot_that_files_by_mail_is_never_answered(desk: Desk) -> None:
    a_person("Monitor", email="monitor@example.com", is_robot=True)
    db.session.commit()
    before = mailed()
    assert desk.take_in("monitor@example.com", "Disk is full.").outcome == "request"
    assert mailed() == before


# --- relaying and backscatter ------------------------------------------------------------------------------------


def test_no_mail_leaves_for_a_stranger_however_the_message_is_built(desk: Desk) -> None:
    before = mailed()
    for sender in (
        "victim@else.example",
        '"anna@example.com" <victim@else.example>',
        "victim@else.example, x@y.example",
    ):
        for more in ({}, {"reply_to": "victim@else.example"}, {"cc": "victim@else.example"}, {"subject": "REQ-1001"}):
            desk.take_in(sender, **more)
    assert mailed() == before


def test_answers_go_to_the_address_we_know_and_never_where_the_message_points(desk: Desk) -> None:
    desk.take_in(
        "Anna <anna@example.com>", reply_to="thief@else.example", errors_to="thief@else.example", cc="x@else.example"
    )
    assert {one.to_address for one in db.session.query(OutboxMessage)} == {"anna@example.com"}


def test_unproved_words_are_mailed_to_no_customer(desk: Desk) -> None:
    actions.take(desk.request, by=desk.agent, at=NOON)
    db.session.commit()
    before = to_others()
    desk.take_in("spam@else.example", "BUY NOW http://evil.example", to=desk.address_of(desk.customer))
    assert to_others() == before
    assert "BUY NOW" in db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first().body  # type: ignore[union-attr]


# --- forged senders and tokens (FreeScout CVE-2026-48496, CVE-2026-47123) ----------------------------------------


def test_cve_2026_47123_a_reply_with_anothers_name_is_not_theirs(desk: Desk) -> None:
    desk.take_in("Anna Berg <thief@else.example>", to=desk.address_of(desk.customer))
    desk.take_in('"anna@example.com" <thief@else.example>', to=desk.address_of(desk.customer))
    desk.take_in("anna@example.com", subject="Re: REQ-1001")
    for event in desk.events()[1:]:
        assert event.kind == "mailed" and event.actor_id is None and event.data["unverified"]


def test_a_token_of_one_request_or_person_opens_no_other(desk: Desk) -> None:
    other_customer = a_person("Ben", email="ben@example.com")
    other = a_request(other_customer)
    db.session.commit()
    row = desk.take_in("ben@example.com", to=desk.address_of(desk.customer))
    assert row.outcome == "unproved" and row.request_id == desk.request.id
    assert [one.kind for one in db.session.query(RequestEvent).filter_by(request_id=other.id)] == ["asked"]


def test_an_agents_token_in_a_customers_hands_answers_for_nobody(desk: Desk) -> None:
    row = desk.take_in("anna@example.com", "All is well.", to=desk.address_of(desk.agent))
    event = desk.events()[-1]
    assert row.outcome == "unproved" and event.kind == "mailed" and not event.public
    assert desk.request.first_answered_at is None


def test_somebody_who_has_left_answers_nothing_any_more(desk: Desk) -> None:
    desk.customer.active = False
    db.session.commit()
    row = desk.take_in(to=desk.address_of(desk.customer))
    assert row.outcome == "unproved" and desk.events()[-1].actor_id is None


def test_two_senders_in_one_message_prove_neither(desk: Desk) -> None:
    raw = a_mail("thief@else.example", to=desk.address_of(desk.customer))
    assert receive(b"From: anna@example.com\n" + raw) == "unproved"
    assert desk.events()[-1].actor_id is None


@pytest.mark.parametrize("reference", ["REQ-0", "REQ-999", "REQ-1000", "REQ-99999999999999999999", "REQ-１００１"])
def test_a_reference_that_is_none_leads_nowhere(desk: Desk, reference: str) -> None:
    assert desk.take_in(subject=f"Re: {reference}").outcome == "request"
    assert len(desk.events()) == 1


# --- headers, links, names of files ------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", [one for one in HOSTILE if "\x00" not in one])
def test_cve_2012_4730_words_that_came_by_mail_add_no_header_to_ours(desk: Desk, hostile: str) -> None:
    from portal.mail.background import configured_server

    desk.app.config["SMTP_HOST"] = "127.0.0.1"
    raw = a_mail(subject="x").replace(b"Subject: x", f"Subject: {hostile}".encode())
    receive(raw)
    for one in db.session.query(OutboxMessage):
        mail = as_email(one, configured_server())  # type: ignore[arg-type]
        assert mail["Bcc"] is None and mail["To"].addresses[0].addr_spec in ("anna@example.com", "kyra@example.com")
        assert len(mail.get_all("Subject")) == 1


def test_cve_2026_50635_links_in_our_mail_ignore_whatever_a_message_or_visitor_says_of_the_host(
    desk: Desk, visitor: Browser
) -> None:
    desk.take_in(x_forwarded_host="evil.example", host="evil.example")
    visitor(desk.customer)._send(
        "/requests/REQ-1001/reply",
        method="POST",
        data={"body": "Hello"},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    for one in db.session.query(OutboxMessage):
        assert "evil.example" not in one.body and "evil.example" not in (one.stop_link or "")


HOSTILE_NAMES = [
    "../../etc/passwd.txt",
    "..\\..\\windows\\win.ini.txt",
    ".htaccess",
    "a\u202etxt.exe",
    "a.txt\x00.exe",
    "x" * 300 + ".txt",
    "=?utf-8?q?..=2F..=2Fx.txt?=",
    "shell.php",
    "page.html",
    "picture.svg",
    "macro.docm",
    "bomb.zip",
    "CON.txt",
    "",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_cve_2026_28289_hostile_file_names_stay_names(desk: Desk, name: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anna@example.com", HELP, "Files"
    mail.set_content("See the file.")
    mail.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="plain", filename="placeholder")
    encoded = name.encode().replace(b"\\", b"\\\\").replace(b"\x00", b"")
    assert receive(mail.as_bytes().replace(b'"placeholder"', b'"' + encoded + b'"')) == "request"
    for stored in db.session.query(StoredFile):
        assert stored.name.rpartition(".")[2].lower() in ALLOWED and len(stored.name) <= 120
        assert not set(stored.name) & set("/\\\u202e\x00") and not stored.name.startswith(".")
    assert not (desk.app.config["DATA_DIR"].parent / "etc").exists()


def test_a_file_that_says_it_is_a_picture_and_is_none_is_refused(desk: Desk) -> None:
    desk.take_in(to=desk.address_of(desk.customer), files={"a.png": b"MZ\x90", "b.pdf": b"<script>"})
    assert db.session.query(StoredFile).count() == 0 and len(desk.events()[-1].data["refused"]) == 2


# --- words on pages ----------------------------------------------------------------------------------------------


def test_cve_2026_32754_markup_that_came_by_mail_is_not_live_anywhere(desk: Desk, visitor: Browser) -> None:
    nasty = '<img src=x onerror=alert(1)><a hx-get="/sign-out" hx-trigger="load">{{ 7*7 }}</a>'
    quoted = f"On Tue, 14 Apr 2026, Halden wrote:\n> {nasty}"
    to = desk.address_of(desk.customer)
    desk.take_in(words=f"{nasty}\n\n{quoted}", to=to, subject=nasty, files={f"{nasty}.exe": b"x"})
    desk.take_in(words=nasty, to=to, sender=None)
    desk.take_in("thief@else.example", nasty, to=to)
    desk.take_in(html=f"<p>{nasty}</p><script>alert(2)</script>", subject=nasty, words="")
    for person, address in (
        (desk.customer, "/requests/REQ-1001"),
        (desk.agent, "/queue/REQ-1001"),
        (desk.agent, "/inbound?view=all"),
        (desk.agent, "/inbound/1"),
    ):
        tree = visitor(person).get(address).tree
        live = [one for one in tree.iter() if one.get("onerror") or (one.get("hx-get") or "") == "/sign-out"]
        assert not live and not [one for one in tree.iter("img") if one.get("src") == "x"]


# --- bombs -------------------------------------------------------------------------------------------------------


def test_a_thousand_messages_of_a_stranger_make_no_request_and_no_mail(desk: Desk) -> None:
    before = mailed()
    for number in range(200):
        receive(a_mail("spam@else.example", "Buy.", subject=f"Offer {number}"))
    assert mailed() == before and db.session.query(ServiceRequest).count() == 1
    assert db.session.query(InboundMessage).filter_by(outcome="unknown").count() == 200


def test_whatever_is_broken_in_a_message_it_is_taken_in(desk: Desk) -> None:
    chance = random.Random(11)
    to = desk.address_of(desk.customer)
    whole = a_mail(words="Hällo " * 9, to=to, files={"ä.png": b"\x89PNG" * 9}, auto_submitted="no", references="<a@b>")
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(12):
            broken[chance.randrange(len(broken))] = chance.choice(
                (0, 10, 13, 128, 255, 60, 62, 34, chance.randrange(256))
            )
        assert receive(bytes(broken))
    for raw in (b"Message-ID: <a\x00\xff@b>\n\nx", b"Auto-Submitted: \xff\x00\n\nx", b"Subject: \xed\xa0\x80\n\nx"):
        assert receive(b"From: anna@example.com\n" + raw)
    assert db.session.query(InboundMessage).filter_by(outcome="failed").count() == 0


def test_a_bomb_of_parts_is_kept_by_its_headers(desk: Desk) -> None:
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(500))
    assert receive(b"From: anna@example.com\nSubject: x\n" + nested) == "failed"
    assert receive(b"From: spam@else.example\nSubject: x\n" + nested) == "junk"
    assert db.session.query(ServiceRequest).count() == 1


def test_a_forged_report_of_failure_changes_no_request_and_hides_no_letter(desk: Desk) -> None:
    assert receive(report("<guessed@127.0.0.1>")) == "bounce"
    assert db.session.query(OutboxMessage).filter(OutboxMessage.bounced_at.is_not(None)).count() == 0
    assert desk.request.state == "received" and len(desk.events()) == 1
