"""What the portal's pages are held against: a bare Flask page with one indexed query, 25 rows and 16 KB."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from flask import Flask, render_template_string
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Index, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ROWS, OWNERS, SHOWN = 20_000, 100, 25
WORDS = "The screen stays black after the update, and the second one flickers whenever the lamp is switched on. "

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Requests</title>
<link rel="stylesheet" href="/static/site.css"></head>
<body>
<header><nav><ul>{% for name in names %}<li><a href="/{{ name }}">{{ name }}</a></li>{% endfor %}</ul></nav></header>
<main><h1>Requests</h1><table><thead><tr><th>Number</th><th>Summary</th><th>State</th><th>Opened</th></tr></thead><tbody>
{% for row in rows %}<tr><th scope="row"><a href="{{ url_for('show', number=row.id) }}">REQ-{{ row.id }}</a></th>
<td><p>{{ row.summary }}</p><p>{{ row.details }}</p></td><td class="state-{{ row.state }}">{{ row.state }}</td>
<td><time datetime="{{ row.opened_at.isoformat() }}">{{ row.opened_at.strftime('%d %b %Y, %H:%M') }}</time></td></tr>
{% endfor %}</tbody></table></main></body></html>"""


class Base(DeclarativeBase):
    """Apart from the portal's tables."""


db = SQLAlchemy(model_class=Base)


class BenchAnchor(Base):
    """A row of the list."""

    __tablename__ = "bench_anchor"
    __table_args__ = (Index("ix_bench_anchor_mine", "owner_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int]
    summary: Mapped[str]
    details: Mapped[str]
    state: Mapped[str]
    opened_at: Mapped[datetime]


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("BENCH_ANCHOR_URL", "sqlite:///:memory:")
db.init_app(app)


@app.get("/")
def index() -> str:
    mine = select(BenchAnchor).where(BenchAnchor.owner_id == 7)
    rows = db.session.scalars(mine.order_by(BenchAnchor.id.desc()).limit(SHOWN)).all()
    return render_template_string(PAGE, rows=rows, names=("services", "requests", "reports", "me"))


@app.get("/<int:number>")
def show(number: int) -> str:
    return str(number)


def fill(url: str) -> None:
    """Make the table and its rows."""
    start = datetime(2024, 1, 1, 9, 0)
    rows = [
        {
            "owner_id": number % OWNERS,
            "summary": f"{WORDS[:64]} ({number})",
            "details": WORDS * 3 + WORDS[:56],
            "state": ("open", "waiting", "resolved")[number % 3],
            "opened_at": start + timedelta(minutes=number),
        }
        for number in range(ROWS)
    ]
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(BenchAnchor), rows)
    engine.dispose()


def drop(url: str) -> None:
    """Take the table away again."""
    engine = create_engine(url)
    Base.metadata.drop_all(engine)
    engine.dispose()
