"""What each figure means, in words: printed under the page, in the PDF and in the data. Pure."""

from __future__ import annotations


def _(words: str) -> str:
    """Marks words for the translators; the page translates them where it shows them."""
    return words


DEFINITIONS: dict[str, str] = {
    "opened": _("Requests opened in the period, withdrawn, declined and merged ones included."),
    "resolved": _("Requests whose last resolution lies in the period."),
    "closed": _("Requests closed in the period, withdrawn ones included."),
    "backlog_end": _(
        "Requests opened before the period's end and neither resolved nor closed nor withdrawn before it; declined "
        "ones and those that go on in another request have ended too."
    ),
    "backlog_end_by_closing": _("Requests opened before the period's end and not closed before it."),
    "targets_met_of_opened": _(
        "Kept ÷ decided, of the requests opened in the period, as known at the cut-off. A request that is still open "
        "after its promised moment counts as missed; one that is not yet due is undecided and left out."
    ),
    "targets_met_of_closed": _("Kept ÷ decided, of the requests closed in the period."),
    "targets_met": _(
        "Kept ÷ (kept + missed), each request counted once, in the period in which its outcome was decided: when it "
        "was resolved in time, or when its promised moment passed, whether it is still open or was resolved later. "
        "Imported requests keep the verdict of their source, decided when they were resolved (or else closed). "
        "Left out: withdrawn, declined, merged into another one, without a promise, not yet due, clock stopped."
    ),
    "first_answer_targets_met": _(
        "First answers given in time ÷ (in time + late + not given by their promised moment), decided in the period. "
        "Automatic replies do not count as answers."
    ),
    "first_answer_hours_median": _(
        "Median of the hours from opening to the first answer by a person, of the requests opened in the period that "
        "have one; linear interpolation between the closest ranks."
    ),
    "first_answer_hours_p90": _(
        "90th percentile of the same hours as the median: nine of ten had their first answer at least this quickly."
    ),
    "resolution_hours_median": _(
        "Median of the hours from opening to the last resolution, of the requests resolved in the period; linear "
        "interpolation between the closest ranks."
    ),
    "resolution_hours_p90": _(
        "90th percentile of the hours from opening to the last resolution, of the requests resolved in the period; "
        "linear interpolation."
    ),
    "resolution_hours_median_nearest": _(
        "As the median of the resolution hours, by nearest rank: a time that occurred."
    ),
    "resolution_hours_p90_nearest": _("As the 90th percentile of the resolution hours, by nearest rank."),
    "resolution_hours_median_of_opened": _(
        "Median of the hours from opening to the last resolution, of the requests opened in the period that are "
        "resolved by the cut-off; linear interpolation."
    ),
    "closing_hours_median": _(
        "Median of the hours from opening to closing, of the requests closed and not withdrawn in the period; linear "
        "interpolation."
    ),
    "reopened_share": _("Requests that were reopened at least once ÷ requests resolved in the period."),
    "reassigned_share": _(
        "Requests that changed hands at least once after the first assignment ÷ resolved in the period."
    ),
    "csat": _(
        "Answers “satisfied” or “very satisfied” ÷ answers, about requests resolved in the period. Shown from 5 "
        "answers on, judged from 30 on. Who did not answer is unknown."
    ),
    "survey_response_rate": _(
        "Completed answers ÷ invitations that were delivered, about requests resolved in the period."
    ),
    "offers_made": _(
        "Offers of two or three ways to fulfil a request, made in the period; one that replaces another counts as well."
    ),
    "offers_picked": _(
        "Offers of which the customer picked an option ÷ offers that are no longer open (picked, none of them suited, "
        "taken back or replaced, ended with the request or with their times), of the offers made in the period. "
        "What was picked by phone and noted by the desk counts as picked."
    ),
    "offers_picked_hours_median": _(
        "Median of the elapsed hours from the offer to the customer's pick, of those made in the period and picked; "
        "linear interpolation. Shown from 5 picks on."
    ),
    "callbacks_kept": _(
        "Calls made in time ÷ (in time + not made by their promised moment), decided in the period: when we reached "
        "somebody or had tried three times, or when the promised moment passed. Left out: calls that became needless "
        "before they were due, because the customer said so or opened the request again, and those not yet due."
    ),
}

NOTES: dict[str, str] = {
    "hours": _(
        "Hours are service hours of the request's own calendar, without the time in which its clock stood still. "
        "For imported requests no calendar is known: theirs are elapsed hours, nights and weekends included."
    ),
    "interval": _("Intervals of shares are Wilson score intervals of 95 %."),
    "small_numbers": _("Under 30 nothing is judged; under 5 survey answers nothing is shown."),
    "control_limits": _(
        "Control limits: centre ± 3·√(centre·(1 − centre) ÷ n), cut at 0 and 100 %. A point outside is a signal: more "
        "than chance alone explains. Points of fewer than 30 requests have no limits."
    ),
    "by_month": _(
        "The months of the year up to the period's end. Kept and decided as in “promises kept”; the centre is that of "
        "all its months of 30 or more."
    ),
    "by_week": _(
        "Requests by the ISO week in which they were opened, for the year up to the period's end; whole weeks. The "
        "centre is that of all weeks of 30 or more that are known at the cut-off, at most a year after the period."
    ),
    "ageing": _("Calendar days since opening, of the requests open at the period's end."),
    "recurring": _(
        "The ten services asked for most, against the period of the same length before. A change of share is a signal "
        "from |z| = 2.8 on, since ten are tested at once. Repeat: of the customers who asked for the service, those "
        "who asked again within 30 days."
    ),
    "choices": _(
        "What customers picked of the offers made in the period, by the label of the option. Labels that fewer than 5 "
        "picked are put together, with the next larger one where they could be worked out from the total."
    ),
    "cut_off": _(
        "The newest moment that the figures of the period rest on; for a period that is not over, the moment of "
        "counting."
    ),
}
