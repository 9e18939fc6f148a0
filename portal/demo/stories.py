"""Requests that are told by hand: two customers find something in every state, and the queue is not empty."""

from __future__ import annotations

from portal.demo import attachments
from portal.demo.diary import Story
from portal.demo.life import Helpdesk
from portal.demo.times import after
from portal.people.models import Person
from portal.requests import actions


UNFINISHED = (
    ("printers", 2, 9, 10, False),
    ("meeting-rooms", 1, 13, 5, False),
    ("order-system", 2, 10, 40, False),
    ("computer-repair", 1, 15, 25, False),
    ("computer-repair", 1, 16, 50, False),
    ("order-system", 1, 14, 15, False),
    ("mail-trouble", 1, 16, 5, False),
    ("printers", 1, 17, 20, False),
    ("install-software", 2, 14, 30, False),
    ("access-to-a-folder", 2, 12, 20, True),
    ("computer-repair", 3, 9, 55, True),
    ("a-licence", 5, 13, 45, True),
    ("mailing-list", 2, 10, 5, True),
    ("a-new-colleague", 3, 11, 30, True),
)
"""What the desk has not finished, because two colleagues are ill: asked so many working days ago, at that time; whether
it waits for its customer."""


def begin(helpdesk: Helpdesk) -> None:
    """All of them; each is told at its own time."""
    for story in (
        _second_screen,
        _audit_mailbox,
        _order_locked,
        _missing_mail,
        _headset,
        _statistics_licence,
        _tunnel,
        _price_list,
        _phone_abroad,
    ):
        helpdesk.diary.begin(story(helpdesk))
    for number, row in enumerate(UNFINISHED):
        helpdesk.diary.begin(_unfinished(helpdesk, number, *row))


def _people(helpdesk: Helpdesk, team: str) -> tuple[Person, Person, Person]:
    """Both customers, and somebody of the team who works on it."""
    accounts = helpdesk.company.accounts
    return accounts["customer_a"], accounts["customer_b"], helpdesk.company.workers[team][0]


def _unfinished(helpdesk: Helpdesk, number: int, slug: str, days: int, hour: int, minute: int, waits: bool) -> Story:
    """Somebody's request that has had its first answer, and no more than that."""
    dice, kind = helpdesk.dice(f"unfinished {number}"), helpdesk.offer.kinds[slug]
    at = yield helpdesk.calendar.ago(days - helpdesk.calendar.is_over, hour, minute)
    customer = helpdesk.who(dice, at)
    request = helpdesk.submit(kind, customer, dice, at=at)
    worker = dice.choice(helpdesk.company.workers[kind.team])
    at = yield after(request.hours, at, dice.uniform(5, 25))
    if waits:
        actions.ask_customer(request, words=dice.choice(kind.backs), by=worker, at=at)
    else:
        actions.answer(request, words=helpdesk.speaker(request, dice).say("first_answers"), by=worker, at=at)


def _second_screen(helpdesk: Helpdesk) -> Story:
    """Waits for the customer."""
    customer, _, worker = _people(helpdesk, "On site")
    kind, dice = helpdesk.offer.kinds["screens-and-headsets"], helpdesk.dice("second screen")
    at = yield helpdesk.calendar.ago(2, 9, 20)
    words = ["Second screen for {desk}", "I compare two ledgers all day and scroll between them. The photo shows the desk."]
    request = helpdesk.submit(kind, customer, dice, at=at, words=words, shows="my-desk.png")
    at = yield helpdesk.calendar.ago(2, 11, 5)
    actions.answer(request, words="Hello Priya, two of them are in stock. I reserve one for you.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(1, 15, 10)
    words_back = (
        "On your photo the left side of the desk is taken by the printer. Shall the screen stand on the right, "
        "or do we move the printer to the sideboard? Either takes me twenty minutes."
    )
    actions.ask_customer(request, words=words_back, by=worker, at=at)


def _audit_mailbox(helpdesk: Helpdesk) -> Story:
    """In progress, well in time."""
    customer, _, worker = _people(helpdesk, "Applications")
    kind, dice = helpdesk.offer.kinds["shared-mailbox"], helpdesk.dice("audit mailbox")
    at = yield helpdesk.calendar.ago(1, 15, 20)
    words = ["Shared mailbox for the audit", "Five of us answer the auditors, from next week until they have gone."]
    request = helpdesk.submit(kind, customer, dice, at=at, words=words)
    at = yield helpdesk.calendar.ago(1, 16, 5)
    actions.take(request, by=worker, at=at)
    actions.answer(
        request, words="Hello Priya, the address is free. You get the mailbox tomorrow and are its owner.", by=worker, at=at
    )
    at = yield helpdesk.calendar.ago(1, 16, 20)
    actions.note(request, words="Ask the records people how long the mail must be kept after an audit.", by=worker, at=at)


def _order_locked(helpdesk: Helpdesk) -> Story:
    """Just asked; nobody has seen it yet."""
    customer = helpdesk.company.accounts["customer_a"]
    kind, dice = helpdesk.offer.kinds["order-system"], helpdesk.dice("order locked")
    at = yield helpdesk.calendar.ago(0, 23)
    words = ["Invoice cannot be released", "It says that it is locked by a colleague, and she is on leave until Monday."]
    helpdesk.submit(kind, customer, dice, at=at, words=words)


def _missing_mail(helpdesk: Helpdesk) -> Story:
    """Was resolved and is open again."""
    customer, _, worker = _people(helpdesk, "Applications")
    kind, dice = helpdesk.offer.kinds["mail-trouble"], helpdesk.dice("missing mail")
    at = yield helpdesk.calendar.ago(5, 10, 12)
    words = ["Mails of the bank do not arrive", "The statements came every morning at seven. Since Thursday there is nothing."]
    request = helpdesk.submit(kind, customer, dice, at=at, words=words)
    at = yield helpdesk.calendar.ago(5, 10, 40)
    actions.answer(request, words="Hello Priya, I follow the trace of Thursday's mail first.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(5, 14, 2)
    fixed = "The bank has a new server, and we did not trust it. We do now; the missing four are in your inbox."
    actions.resolve(request, words=fixed, by=worker, at=at)
    at = yield helpdesk.calendar.ago(1, 16, 25)
    actions.reopen(request, words="They came for three days, and this morning there was nothing again.", by=customer, at=at)


def _headset(helpdesk: Helpdesk) -> Story:
    """Resolved; she may say whether it works, and how it was."""
    customer, _, worker = _people(helpdesk, "On site")
    kind, dice = helpdesk.offer.kinds["screens-and-headsets"], helpdesk.dice("headset")
    at = yield helpdesk.calendar.ago(4, 8, 50)
    request = helpdesk.submit(kind, customer, dice, at=at, words=["Headset hisses", "Only in calls, not with music."])
    at = yield helpdesk.calendar.ago(4, 9, 31)
    actions.answer(request, words="Hello Priya, that one has a known fault. I bring a new one along.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(3, 13, 15)
    actions.resolve(request, words="The new headset lies on your desk; the old one goes back to the maker.", by=worker, at=at)


def _statistics_licence(helpdesk: Helpdesk) -> Story:
    """The other customer's: in progress, with his file and one from the helpdesk."""
    _, customer, worker = _people(helpdesk, "Applications")
    kind, dice = helpdesk.offer.kinds["a-licence"], helpdesk.dice("planning licence")
    at = yield helpdesk.calendar.ago(4, 11, 5)
    words = ["Offer for a planning tool", "Our team would use it for the visits. The screen shows what they offer us."]
    request = helpdesk.submit(kind, customer, dice, at=at, words=words, shows="offer.png")
    at = yield helpdesk.calendar.ago(4, 13, 40)
    actions.answer(request, words="Hello Mateo, I ask for two more offers, as we must above 500 €.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(2, 10, 10)
    comparison = "Tool A   18 a month and person\nTool B   21, with maps\nTool C   16, without export\n"
    files = attachments.text("three-offers.txt", comparison, by=worker, at=at)
    actions.answer(request, words="All three are here. Tool B can do what you wrote.", by=worker, at=at, files=files)


def _tunnel(helpdesk: Helpdesk) -> Story:
    """The other customer's: he has answered, and we are at it."""
    _, customer, worker = _people(helpdesk, "Network")
    kind, dice = helpdesk.offer.kinds["network-from-home"], helpdesk.dice("tunnel")
    at = yield helpdesk.calendar.ago(1, 13, 30)
    request = helpdesk.submit(
        kind, customer, dice, at=at, words=["Connection drops in the train", "Each time between two stations, for a minute."]
    )
    at = yield helpdesk.calendar.ago(1, 14, 0)
    actions.ask_customer(request, words="Hello Mateo, does the phone keep its connection there?", by=worker, at=at)
    at = yield helpdesk.calendar.ago(1, 17, 45)
    actions.reply(request, words="Yes, I was in a call the whole way.", by=customer, at=at)


def _price_list(helpdesk: Helpdesk) -> Story:
    """The other customer's: resolved and confirmed, some weeks ago, with a file."""
    _, customer, worker = _people(helpdesk, "Network")
    kind, dice = helpdesk.offer.kinds["restore-files"], helpdesk.dice("price list")
    at = yield helpdesk.calendar.ago(18, 9, 45)
    words = ["Need the price list as it was in January", "A customer has it in writing, and we do not."]
    request = helpdesk.submit(kind, customer, dice, at=at, words=words, shows="what-the-customer-has.png")
    at = yield helpdesk.calendar.ago(18, 10, 20)
    actions.answer(request, words="Hello Mateo, each month is kept for a year. I look for it.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(18, 12, 55)
    actions.resolve(request, words="It lies beside the present one, with the month in its name.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(18, 15, 5)
    actions.confirm(request, by=customer, at=at)


def _phone_abroad(helpdesk: Helpdesk) -> Story:
    """The other customer's: resolved yesterday."""
    _, customer, worker = _people(helpdesk, "Desk")
    kind, dice = helpdesk.offer.kinds["mobile-phone"], helpdesk.dice("phone abroad")
    at = yield helpdesk.calendar.ago(3, 8, 30)
    words = ["Roaming for a trip to Switzerland", "From {day}, for four days. Last time I had no connection at all."]
    request = helpdesk.submit(kind, customer, dice, at=at, words=words)
    at = yield helpdesk.calendar.ago(3, 9, 10)
    actions.answer(request, words="Hello Mateo, I order the days and tell you when it is on.", by=worker, at=at)
    at = yield helpdesk.calendar.ago(2, 16, 0)
    actions.resolve(request, words="Roaming is on for your days. Switch data roaming on when you land.", by=worker, at=at)
