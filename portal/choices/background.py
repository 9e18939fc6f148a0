"""What ends offers by itself."""

from __future__ import annotations

from portal.choices import actions, queries
from portal.extensions import db, reading
from portal.jobs import every
from portal.web.moment import now

AT_ONCE = 50
MOST_BATCHES = 20


@every(300)
def expire_offers() -> None:
    """Offers of which every time has passed end, and the desk goes on, a few at a time."""
    if not _anything_lapsed():
        return
    for _batch in range(MOST_BATCHES):
        done = actions.expire_lapsed(at=now(), limit=AT_ONCE)
        db.session.commit()
        if done < AT_ONCE:
            return


def _anything_lapsed() -> bool:
    with reading():
        return bool(queries.lapsed_offers(at=now(), limit=1))
