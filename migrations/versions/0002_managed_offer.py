"""The managed offer: services with a life, forms with versions, drafts, articles, notices and one index of all."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEALED = ("article_version", "notice_update", "portfolio_decision", "request_form", "service_deal")
"""Tables whose rows never change and never go."""

INDEXED = ("title_words", "title_stems", "body_words", "body_stems")


def upgrade() -> None:
    op.create_table(
        "avoided_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("once", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avoided_request")),
        sa.UniqueConstraint("once", name=op.f("uq_avoided_request_once")),
    )
    op.create_index(op.f("ix_avoided_request_at"), "avoided_request", ["at"])
    op.create_index("ix_avoided_request_of", "avoided_request", ["kind", "key", "at"])
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("title_words", sa.Text(), nullable=False),
        sa.Column("body_words", sa.Text(), nullable=False),
        sa.Column("title_stems", sa.Text(), nullable=False),
        sa.Column("body_stems", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("for_everyone", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_document_kind_key")),
    )
    op.create_index("ix_document_changed", "document", ["changed_at"])
    op.create_table(
        "document_segment",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_segment_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_document_segment_segment_id_segment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "segment_id", name=op.f("pk_document_segment")),
    )
    op.create_table(
        "document_topic",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_topic_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "topic", name=op.f("pk_document_topic")),
    )
    op.create_index("ix_document_topic_of", "document_topic", ["topic", "document_id"])
    op.create_table(
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("for_everyone", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_why", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("segments", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.CheckConstraint("state = 'draft' OR number IS NOT NULL", name=op.f("ck_article_published_has_a_version")),
        sa.CheckConstraint("state IN ('draft', 'published', 'retired')", name=op.f("ck_article_state_is_known")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_article_changed_by_id_person")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_article_checked_by_id_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_article_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("slug", name=op.f("uq_article_slug")),
    )
    op.create_index(op.f("ix_article_owner_id"), "article", ["owner_id"])
    op.create_index("ix_article_popular", "article", ["state", sa.literal_column("helped DESC"), "id"])
    op.create_index("ix_article_review", "article", ["state", "review_on", "id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind <> 'incident' OR starts_at IS NOT NULL", name=op.f("ck_notice_incident_has_begun")),
        sa.CheckConstraint(
            "kind <> 'maintenance' OR (starts_at IS NOT NULL AND ends_at IS NOT NULL)",
            name=op.f("ck_notice_maintenance_is_planned"),
        ),
        sa.CheckConstraint("kind IN ('incident', 'maintenance', 'announcement')", name=op.f("ck_notice_kind_is_known")),
        sa.CheckConstraint("reach IN ('everyone', 'segments', 'named')", name=op.f("ck_notice_reach_is_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'released', 'solved', 'over', 'withdrawn')",
            name=op.f("ck_notice_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('released', 'solved', 'over') OR released_at IS NOT NULL",
            name=op.f("ck_notice_released_has_its_moment"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_notice_ends_after_it_starts")),
        sa.CheckConstraint("released_by_id <> author_id", name=op.f("ck_notice_released_by_another")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_notice_author_id_person")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_notice_changed_by_id_person")),
        sa.ForeignKeyConstraint(["released_by_id"], ["person.id"], name=op.f("fk_notice_released_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_ended", "notice", ["ended_at"])
    op.create_index("ix_notice_state", "notice", ["state", "id"])
    op.create_table(
        "article_segment",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_segment_article_id_article"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_article_segment_segment_id_segment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "segment_id", name=op.f("pk_article_segment")),
    )
    op.create_table(
        "article_service",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_service_article_id_article"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_article_service_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "service_id", name=op.f("pk_article_service")),
    )
    op.create_index(op.f("ix_article_service_service_id"), "article_service", ["service_id"])
    op.create_table(
        "article_version",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_note", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("segments", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_version_article_id_article")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_article_version_written_by_id_person")),
        sa.PrimaryKeyConstraint("article_id", "number", name=op.f("pk_article_version")),
    )
    op.create_table(
        "form_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("questions_data", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_form_draft_changed_by_id_person")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_form_draft_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_draft")),
        sa.UniqueConstraint("service_id", name=op.f("uq_form_draft_service_id")),
    )
    op.create_table(
        "listed_service",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_listed_service_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_listed_service")),
    )
    op.create_index(op.f("ix_listed_service_source"), "listed_service", ["source"])
    op.create_table(
        "me_too",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_me_too_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_me_too_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_me_too")),
    )
    op.create_table(
        "notice_device_word",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_device_word_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "line", "word", name=op.f("pk_notice_device_word")),
    )
    op.create_table(
        "notice_person",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_person_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_person_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_person")),
    )
    op.create_index("ix_notice_person_of", "notice_person", ["person_id"])
    op.create_table(
        "notice_reader",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "why IN ('concerned', 'me_too', 'subscribed', 'asked')", name=op.f("ck_notice_reader_why_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_reader_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_reader_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_reader")),
    )
    op.create_index("ix_notice_reader_of", "notice_reader", ["person_id", "notice_id"])
    op.create_table(
        "notice_segment",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_segment_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_notice_segment_segment_id_segment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "segment_id", name=op.f("pk_notice_segment")),
    )
    op.create_table(
        "notice_service",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_service_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_notice_service_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "service_id", name=op.f("pk_notice_service")),
    )
    op.create_index("ix_notice_service_of", "notice_service", ["service_id", "notice_id"])
    op.create_table(
        "notice_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('written', 'changed', 'proposed', 'sent_back', 'ended', "
            "'released', 'update', 'fix', 'moved', 'cancelled')",
            name=op.f("ck_notice_update_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_notice_update_by_id_person")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_update_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_update")),
    )
    op.create_index("ix_notice_update_of", "notice_update", ["notice_id", "id"])
    op.create_table(
        "portfolio_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'merge') = (into_id IS NOT NULL)", name=op.f("ck_portfolio_decision_merges_into_something")
        ),
        sa.CheckConstraint(
            "outcome IN ('keep', 'improve', 'merge', 'retire')", name=op.f("ck_portfolio_decision_outcome_is_known")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_portfolio_decision_by_id_person")),
        sa.ForeignKeyConstraint(["into_id"], ["service.id"], name=op.f("fk_portfolio_decision_into_id_service")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_portfolio_decision_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio_decision")),
    )
    op.create_index("ix_portfolio_decision_of", "portfolio_decision", ["service_id", "id"])
    op.create_table(
        "service_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_service_change_by_id_person")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_change_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_change")),
    )
    op.create_index(op.f("ix_service_change_at"), "service_change", ["at"])
    op.create_index("ix_service_change_of", "service_change", ["service_id", "at"])
    op.create_table(
        "service_subscription",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_service_subscription_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_subscription_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "service_id", name=op.f("pk_service_subscription")),
    )
    op.create_index("ix_service_subscription_of", "service_subscription", ["service_id", "person_id"])
    op.create_table(
        "article_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id", "number"],
            ["article_version.article_id", "article_version.number"],
            name=op.f("fk_article_vote_article_id_number_article_version"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_article_vote_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_vote")),
        sa.UniqueConstraint(
            "article_id", "number", "person_id", name=op.f("uq_article_vote_article_id_number_person_id")
        ),
    )
    op.create_index(op.f("ix_article_vote_person_id"), "article_vote", ["person_id"])
    op.create_table(
        "notice_broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_broadcast_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["update_id"], ["notice_update.id"], name=op.f("fk_notice_broadcast_update_id_notice_update")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_broadcast")),
        sa.UniqueConstraint("update_id", name=op.f("uq_notice_broadcast_update_id")),
    )
    op.create_index("ix_notice_broadcast_of", "notice_broadcast", ["notice_id", "id"])
    op.create_table(
        "request_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("request_form_id", sa.Integer(), nullable=True),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_request_draft_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_form_id"], ["request_form.id"], name=op.f("fk_request_draft_request_form_id_request_form")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_request_draft_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_draft")),
        sa.UniqueConstraint("person_id", "once", name=op.f("uq_request_draft_person_id_once")),
    )
    op.create_index("ix_request_draft_mine", "request_draft", ["person_id", "saved_at"])
    op.create_index("ix_request_draft_old", "request_draft", ["saved_at"])
    op.create_table(
        "request_paper",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("request_version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("stage IN ('asked', 'ready', 'failed')", name=op.f("ck_request_paper_stage_is_known")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_request_paper_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request_paper")),
    )
    _alter_tables()
    _lay_index()
    for table in SEALED:
        _seal(table)


def downgrade() -> None:
    for table in SEALED:
        _unseal(table)
    _clear_index()
    op.drop_table("request_paper")
    op.drop_table("request_draft")
    op.drop_table("notice_broadcast")
    op.drop_table("article_vote")
    op.drop_table("service_subscription")
    op.drop_table("service_change")
    op.drop_table("portfolio_decision")
    op.drop_table("notice_update")
    op.drop_table("notice_service")
    op.drop_table("notice_segment")
    op.drop_table("notice_reader")
    op.drop_table("notice_person")
    op.drop_table("notice_device_word")
    op.drop_table("me_too")
    op.drop_table("listed_service")
    op.drop_table("form_draft")
    op.drop_table("article_version")
    op.drop_table("article_service")
    op.drop_table("article_segment")
    op.drop_table("notice")
    op.drop_table("article")
    op.drop_table("document_topic")
    op.drop_table("document_segment")
    op.drop_table("document")
    op.drop_table("avoided_request")
    _alter_tables_back()


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _altering(table: str) -> Any:
    """A table to alter; SQLite builds it anew, as only so it takes checks and foreign keys."""
    keys_are_not_used_again = {"sqlite_autoincrement": True} if table == "service_request" else {}
    return op.batch_alter_table(
        table, recreate="always" if _on_sqlite() else "never", table_kwargs=keys_are_not_used_again
    )


def _alter_tables() -> None:
    with _altering("person") as table:
        table.add_column(sa.Column("device", sa.Text(), nullable=True))
    with _altering("stored_file") as table:
        table.add_column(sa.Column("held_until_at", sa.DateTime(timezone=True), nullable=True))
    with _altering("request_form") as table:
        table.add_column(sa.Column("published_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("change_note", sa.Text(), nullable=False, server_default=""))
        table.create_foreign_key(op.f("fk_request_form_published_by_id_person"), "person", ["published_by_id"], ["id"])
    _without_defaults("request_form", "change_note")
    _alter_services()
    with _altering("service_request") as table:
        table.add_column(sa.Column("asked_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("service_deal_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("search_words", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("minutes_spent", sa.Integer(), nullable=False, server_default="0"))
        table.create_foreign_key(op.f("fk_service_request_asked_by_id_person"), "person", ["asked_by_id"], ["id"])
        table.create_foreign_key(
            op.f("fk_service_request_service_deal_id_service_deal"), "service_deal", ["service_deal_id"], ["id"]
        )
    _without_defaults("service_request", "search_words", "minutes_spent")
    op.create_index("ix_service_request_asked", "service_request", ["asked_by_id", "is_open", "id"])
    unfindable = sa.text("search_words = ''")
    op.create_index(
        "ix_service_request_unfindable", "service_request", ["id"], sqlite_where=unfindable, postgresql_where=unfindable
    )


def _alter_services() -> None:
    """What was not live was not offered any more, and counts as retired."""
    op.drop_index("ix_service_shelf", "service")
    with _altering("service") as table:
        table.add_column(sa.Column("state", sa.Text(), nullable=False, server_default="live"))
        table.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("retired_why", sa.Text(), nullable=True))
        table.add_column(sa.Column("successor_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("options", sa.JSON(), nullable=False, server_default="[]"))
        for number in ("cost_each_cents", "rated_lately", "rated_good_lately", "spent_minutes_lately"):
            table.add_column(sa.Column(number, sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.create_foreign_key(op.f("fk_service_successor_id_service"), "service", ["successor_id"], ["id"])
        table.create_foreign_key(op.f("fk_service_owner_id_person"), "person", ["owner_id"], ["id"])
    op.execute("UPDATE service SET state = 'retired' WHERE NOT live")
    defaults = ("state", "options", "cost_each_cents", "rated_lately", "rated_good_lately", "spent_minutes_lately")
    with _altering("service") as table:
        table.drop_column("live")
        for column in (*defaults, "version"):
            table.alter_column(column, server_default=None)
        table.create_check_constraint(op.f("ck_service_state_is_known"), "state IN ('draft', 'live', 'retired')")
    op.create_index("ix_service_shelf", "service", ["state", sa.literal_column("asked_lately DESC"), "name", "id"])
    op.create_index("ix_service_by_name", "service", ["state", "name", "id"])


def _without_defaults(table: str, *columns: str) -> None:
    """The defaults were for the rows that were there; new ones bring their own values."""
    with _altering(table) as altered:
        for column in columns:
            altered.alter_column(column, server_default=None)


def _alter_tables_back() -> None:
    op.drop_index("ix_service_request_unfindable", "service_request")
    op.drop_index("ix_service_request_asked", "service_request")
    with _altering("service_request") as table:
        table.drop_constraint(op.f("fk_service_request_asked_by_id_person"), type_="foreignkey")
        table.drop_constraint(op.f("fk_service_request_service_deal_id_service_deal"), type_="foreignkey")
        for column in ("asked_by_id", "service_deal_id", "search_words", "minutes_spent"):
            table.drop_column(column)
    _alter_services_back()
    with _altering("request_form") as table:
        table.drop_constraint(op.f("fk_request_form_published_by_id_person"), type_="foreignkey")
        table.drop_column("published_by_id")
        table.drop_column("change_note")
    with _altering("stored_file") as table:
        table.drop_column("held_until_at")
    with _altering("person") as table:
        table.drop_column("device")


def _alter_services_back() -> None:
    op.drop_index("ix_service_by_name", "service")
    op.drop_index("ix_service_shelf", "service")
    with _altering("service") as table:
        table.add_column(sa.Column("live", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE service SET live = (state = 'live')")
    with _altering("service") as table:
        table.alter_column("live", server_default=None)
        table.drop_constraint(op.f("ck_service_state_is_known"), type_="check")
        table.drop_constraint(op.f("fk_service_successor_id_service"), type_="foreignkey")
        table.drop_constraint(op.f("fk_service_owner_id_person"), type_="foreignkey")
        for column in ("state", "retired_at", "retired_why", "successor_id", "owner_id", "options", "cost_each_cents"):
            table.drop_column(column)
        for column in ("rated_lately", "rated_good_lately", "spent_minutes_lately", "version"):
            table.drop_column(column)
    op.create_index("ix_service_shelf", "service", ["live", sa.literal_column("asked_lately DESC"), "name", "id"])


def _lay_index() -> None:
    """The full text beside the table of documents, kept in step by the database."""
    if not _on_sqlite():
        parts = zip("ABCD", INDEXED, strict=True)
        vector = " || ".join(f"setweight(to_tsvector('simple', {column}), '{mark}')" for mark, column in parts)
        op.execute(f"ALTER TABLE document ADD COLUMN words tsvector GENERATED ALWAYS AS ({vector}) STORED")
        op.execute("CREATE INDEX ix_document_words ON document USING gin (words) WITH (fastupdate = off)")
        return
    names = ", ".join(INDEXED)
    new, old = (", ".join(f"{row}.{column}" for column in INDEXED) for row in ("new", "old"))
    add = f"INSERT INTO document_index (rowid, {names}) VALUES (new.id, {new})"
    take = f"INSERT INTO document_index (document_index, rowid, {names}) VALUES ('delete', old.id, {old})"
    op.execute(
        f"CREATE VIRTUAL TABLE document_index USING fts5("
        f"{names}, content='document', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    )
    op.execute("CREATE VIRTUAL TABLE document_terms USING fts5vocab('document_index', 'col')")
    op.execute(f"CREATE TRIGGER document_indexed AFTER INSERT ON document BEGIN {add}; END")
    op.execute(f"CREATE TRIGGER document_indexed_anew AFTER UPDATE OF {names} ON document BEGIN {take}; {add}; END")
    op.execute(f"CREATE TRIGGER document_not_indexed AFTER DELETE ON document BEGIN {take}; END")


def _clear_index() -> None:
    """On PostgreSQL it goes with the table."""
    if _on_sqlite():
        for trigger in ("document_indexed", "document_indexed_anew", "document_not_indexed"):
            op.execute(f"DROP TRIGGER {trigger}")
        op.execute("DROP TABLE document_terms")
        op.execute("DROP TABLE document_index")


def _seal(table: str) -> None:
    refusal = "what was published never changes"
    if not _on_sqlite():
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"'BEGIN RAISE EXCEPTION ''{refusal}''; END'"
        )
    raising = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    then = raising if _on_sqlite() else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    for deed in ("update", "delete"):
        op.execute(f"CREATE TRIGGER sealed_{table}_{deed} BEFORE {deed.upper()} ON {table} {then}")


def _unseal(table: str) -> None:
    for deed in ("update", "delete"):
        op.execute(f"DROP TRIGGER sealed_{table}_{deed}" + ("" if _on_sqlite() else f" ON {table}"))
