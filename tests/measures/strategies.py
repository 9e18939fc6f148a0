"""Random service hours, moments and pauses, with the zones whose clocks are the most awkward."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from portal.measures.clock import Pause
from portal.measures.service_hours import ServiceHours

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Asia/Beirut",
)

moments = st.datetimes(datetime(2023, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC))
# Close to the changes of summer time, where mistakes live.
near_a_change = st.builds(
    lambda day, minutes: datetime(*day, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from([(2024, 3, 10), (2024, 3, 31), (2024, 4, 6), (2024, 10, 5), (2024, 10, 27), (2024, 11, 3)]),
    st.integers(-1500, 1500),
)
any_moment = st.one_of(moments, near_a_change)
spans = st.timedeltas(timedelta(0), timedelta(days=40))


@st.composite
def windows(draw: st.DrawFn) -> tuple[tuple[int, int, int], ...]:
    found = []
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
        found += [(weekday, a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return tuple(found)


closures = st.frozensets(st.dates(date(2023, 1, 1), date(2025, 12, 31)), max_size=20)
service_hours = st.builds(ServiceHours, st.sampled_from(ZONES), windows(), closures)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime, may_last: bool = False) -> tuple[Pause, ...]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        start_at = start + draw(st.timedeltas(timedelta(days=-2), timedelta(days=20)))
        lasts = may_last and draw(st.booleans())
        length = draw(st.timedeltas(timedelta(0), timedelta(days=6)))
        found.append(Pause(start_at, None if lasts else start_at + length))
    return tuple(found)
