"""Promises made, seen and kept: why a clock stands still, who takes part, mail both ways, visits, choices and calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEALED = ("request_event",)
"""Tables whose rows never change and never go."""


def upgrade() -> None:
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_canned_reply_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
    )
    op.create_index(op.f("ix_canned_reply_owner_id"), "canned_reply", ["owner_id"])
    op.create_index("ix_canned_reply_shared", "canned_reply", ["is_shared", "name"])
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_filter_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_saved_filter_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    op.create_index(op.f("ix_saved_filter_person_id"), "saved_filter", ["person_id"])
    op.create_index(op.f("ix_saved_filter_team_id"), "saved_filter", ["team_id"])
    op.create_table(
        "callback_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("within_hours", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("share > 0 AND share <= 1", name=op.f("ck_callback_rule_share_is_a_share")),
        sa.CheckConstraint("which IN ('all', 'sample', 'low_score')", name=op.f("ck_callback_rule_which_is_known")),
        sa.CheckConstraint("within_hours > 0", name=op.f("ck_callback_rule_within_is_positive")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_callback_rule_ended_by_id_person")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_callback_rule_made_by_id_person")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_callback_rule_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_rule")),
    )
    op.create_table(
        "first_filter",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("saved_filter_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_first_filter_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["saved_filter_id"],
            ["saved_filter.id"],
            name=op.f("fk_first_filter_saved_filter_id_saved_filter"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_first_filter")),
    )
    op.create_index(op.f("ix_first_filter_saved_filter_id"), "first_filter", ["saved_filter_id"])
    op.create_table(
        "service_target",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("first_answer_minutes", sa.Integer(), nullable=True),
        sa.Column("resolution_minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("first_answer_minutes > 0", name=op.f("ck_service_target_first_answer_is_positive")),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_service_target_priority_is_known")),
        sa.CheckConstraint("resolution_minutes > 0", name=op.f("ck_service_target_resolution_is_positive")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_target_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "priority", name=op.f("pk_service_target")),
    )
    op.create_table(
        "team_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_team_rule_segment_id_segment")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_team_rule_service_id_service")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_rule_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_rule")),
    )
    op.create_index(op.f("ix_team_rule_position"), "team_rule", ["position"])
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("stand_in_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('manager', 'owner', 'named')", name=op.f("ck_approval_kind_is_known")),
        sa.CheckConstraint(
            "stage IN ('waiting', 'yes', 'no', 'void', 'nobody')", name=op.f("ck_approval_stage_is_known")
        ),
        sa.ForeignKeyConstraint(["approver_id"], ["person.id"], name=op.f("fk_approval_approver_id_person")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_approval_asked_by_id_person")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_approval_decided_by_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_approval_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"], name=op.f("fk_approval_stand_in_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(
        "ix_approval_due",
        "approval",
        ["remind_at", "id"],
        sqlite_where=sa.text("stage = 'waiting'"),
        postgresql_where=sa.text("stage = 'waiting'"),
    )
    op.create_index(
        "ix_approval_one_waits",
        "approval",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("stage = 'waiting'"),
        postgresql_where=sa.text("stage = 'waiting'"),
    )
    op.create_index("ix_approval_request", "approval", ["request_id", "id"])
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("closure_seq", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("owed_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_by_id", sa.Integer(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('reached_happy', 'reached_not_happy', 'not_reached', 'declined', 'not_needed', 'overtaken')",
            name=op.f("ck_callback_outcome_is_known"),
        ),
        sa.CheckConstraint("(outcome IS NULL) = is_open", name=op.f("ck_callback_what_is_done_has_an_outcome")),
        sa.ForeignKeyConstraint(["called_by_id"], ["person.id"], name=op.f("fk_callback_called_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_callback_person_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_callback_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["callback_rule.id"], name=op.f("fk_callback_rule_id_callback_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint(
            "rule_id", "request_id", "closure_seq", name=op.f("uq_callback_rule_id_request_id_closure_seq")
        ),
    )
    op.create_index("ix_callback_done", "callback", ["done_at", "id"])
    op.create_index("ix_callback_due", "callback", ["due_at"])
    op.create_index("ix_callback_of_request", "callback", ["request_id", "id"])
    op.create_index(
        "ix_callback_owed",
        "callback",
        ["due_at", "id"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "desk_presence",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_writing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_desk_presence_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_desk_presence_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "person_id", name=op.f("pk_desk_presence")),
    )
    op.create_index(op.f("ix_desk_presence_person_id"), "desk_presence", ["person_id"])
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sorted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('reply', 'unproved', 'request', 'unknown', 'too_many', 'automatic', 'bounce', "
            "'junk', 'failed')",
            name=op.f("ck_inbound_message_outcome_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_inbound_message_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_inbound_message_request_id_service_request"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["sorted_by_id"], ["person.id"], name=op.f("fk_inbound_message_sorted_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_inbound_message_message_id")),
    )
    op.create_index(op.f("ix_inbound_message_person_id"), "inbound_message", ["person_id"])
    op.create_index("ix_inbound_message_request", "inbound_message", ["request_id", "arrived_at"])
    op.create_index("ix_inbound_message_sender", "inbound_message", ["from_address", "arrived_at"])
    op.create_index(
        "ix_inbound_message_unsorted",
        "inbound_message",
        ["id"],
        sqlite_where=sa.text("outcome IN ('unknown', 'too_many', 'failed') AND sorted_at IS NULL"),
        postgresql_where=sa.text("outcome IN ('unknown', 'too_many', 'failed') AND sorted_at IS NULL"),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picked_number", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'picked') = (picked_number IS NOT NULL)", name=op.f("ck_offer_a_picked_one_says_which")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'picked', 'declined', 'withdrawn', 'expired')", name=op.f("ck_offer_state_is_known")
        ),
        sa.ForeignKeyConstraint(["offered_by_id"], ["person.id"], name=op.f("fk_offer_offered_by_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_offer_request_id_service_request"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_offer_settled_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(
        "ix_offer_lapsing",
        "offer",
        ["lapses_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_offer_made", "offer", ["offered_at"])
    op.create_index("ix_offer_of_request", "offer", ["request_id", "id"])
    op.create_index(
        "ix_offer_one_open",
        "offer",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "promise_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("moment_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_promise_warning_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_warning")),
        sa.UniqueConstraint(
            "request_id", "about", "moment_at", name=op.f("uq_promise_warning_request_id_about_moment_at")
        ),
    )
    op.create_table(
        "request_link",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('related', 'made_of_it', 'made_from')", name=op.f("ck_request_link_kind_is_known")
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_request_link_added_by_id_person")),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["service_request.id"],
            name=op.f("fk_request_link_other_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_request_link_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "other_id", name=op.f("pk_request_link")),
    )
    op.create_index(op.f("ix_request_link_other_id"), "request_link", ["other_id"])
    op.create_table(
        "request_watcher",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_request_watcher_added_by_id_person")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_request_watcher_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_request_watcher_request_id_service_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "person_id", name=op.f("pk_request_watcher")),
    )
    op.create_index("ix_request_watcher_mine", "request_watcher", ["person_id", "is_open", "request_id"])
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("technician_id", sa.Integer(), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("brings", sa.Text(), nullable=False),
        sa.Column("outside_hours", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("moved_by_customer", sa.Integer(), nullable=False),
        sa.Column("moved_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits", sa.JSON(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_the_way_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'on_the_way', 'arrived', 'done', 'missed', 'cancelled')",
            name=op.f("ck_visit_state_is_known"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_visit_window_has_a_length")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["person.id"], name=op.f("fk_visit_planned_by_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_visit_request_id_service_request"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["technician_id"], ["person.id"], name=op.f("fk_visit_technician_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("uid", name=op.f("uq_visit_uid")),
    )
    op.create_index("ix_visit_day", "visit", ["technician_id", "starts_at", "id"])
    op.create_index("ix_visit_request", "visit", ["request_id", "starts_at", "id"])
    op.create_table(
        "approval_link",
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_approval_link_approval_id_approval"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_approval_link_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("approval_id", "person_id", name=op.f("pk_approval_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_approval_link_token_sha256")),
    )
    op.create_index("ix_approval_link_mine", "approval_link", ["person_id", "is_waiting", "approval_id"])
    op.create_table(
        "offer_link",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_link_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_offer_link_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_offer_link")),
    )
    op.create_index(op.f("ix_offer_link_offer_id"), "offer_link", ["offer_id"])
    op.create_index(op.f("ix_offer_link_person_id"), "offer_link", ["person_id"])
    op.create_table(
        "offered_option",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("when_words", sa.Text(), nullable=False),
        sa.Column("when_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gives_up", sa.Text(), nullable=False),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_offered_option_minutes_are_not_negative")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offered_option_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "number", name=op.f("pk_offered_option")),
    )
    _alter_tables()
    _begin_to_warn()
    _lay_index()
    for table in SEALED:
        _seal(table)


def downgrade() -> None:
    for table in SEALED:
        _unseal(table)
    _clear_index()
    # What the earlier release does not know becomes what comes next to it.
    op.execute("UPDATE service_request SET state = 'in_progress' WHERE state IN ('approval', 'held')")
    op.execute("UPDATE service_request SET state = 'withdrawn' WHERE state IN ('declined', 'merged')")
    _alter_tables_back()
    op.drop_table("offered_option")
    op.drop_table("offer_link")
    op.drop_table("approval_link")
    op.drop_table("visit")
    op.drop_table("request_watcher")
    op.drop_table("request_link")
    op.drop_table("promise_warning")
    op.drop_table("offer")
    op.drop_table("inbound_message")
    op.drop_table("desk_presence")
    op.drop_table("callback")
    op.drop_table("approval")
    op.drop_table("team_rule")
    op.drop_table("service_target")
    op.drop_table("first_filter")
    op.drop_table("callback_rule")
    op.drop_table("saved_filter")
    op.drop_table("canned_reply")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _altering(table: str) -> Any:
    """A table to alter; SQLite builds it anew, as only so it takes checks and foreign keys."""
    keys_are_not_used_again = {"sqlite_autoincrement": True} if table == "service_request" else {}
    return op.batch_alter_table(
        table, recreate="always" if _on_sqlite() else "never", table_kwargs=keys_are_not_used_again
    )


def _alter_tables() -> None:
    with _altering("hours_plan") as table:
        table.add_column(sa.Column("holidays", sa.Text(), nullable=True))
        table.add_column(sa.Column("holidays_until", sa.Integer(), nullable=True))
    op.drop_index("ix_outbox_message_waiting", "outbox_message")
    with _altering("outbox_message") as table:
        table.add_column(sa.Column("reply_to", sa.Text(), nullable=True))
        table.add_column(sa.Column("calendar", sa.Text(), nullable=True))
        table.add_column(sa.Column("stop_link", sa.Text(), nullable=True))
        table.add_column(sa.Column("in_digest", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("bounce_reason", sa.Text(), nullable=True))
    _without_defaults("outbox_message", "in_digest")
    op.create_index(
        "ix_outbox_message_bounced",
        "outbox_message",
        ["thread", "id"],
        sqlite_where=sa.text("bounced_at IS NOT NULL"),
        postgresql_where=sa.text("bounced_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_message_digest",
        "outbox_message",
        ["to_address", "id"],
        sqlite_where=sa.text("sent_at IS NULL AND in_digest"),
        postgresql_where=sa.text("sent_at IS NULL AND in_digest"),
    )
    op.create_index(
        "ix_outbox_message_waiting",
        "outbox_message",
        ["next_try_at", "id"],
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND NOT in_digest"),
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL AND NOT in_digest"),
    )
    with _altering("team") as table:
        table.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("competencies", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    _without_defaults("team", "description", "competencies", "version")
    with _altering("person") as table:
        table.add_column(sa.Column("phone", sa.Text(), nullable=True))
        table.add_column(sa.Column("picture_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("manager_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("stand_in_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("away_from_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("away_until_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("mail_wanted", sa.Text(), nullable=False, server_default="each"))
        table.add_column(sa.Column("is_robot", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_foreign_key(op.f("fk_person_picture_id_stored_file"), "stored_file", ["picture_id"], ["id"])
        table.create_foreign_key(op.f("fk_person_manager_id_person"), "person", ["manager_id"], ["id"])
        table.create_foreign_key(op.f("fk_person_stand_in_id_person"), "person", ["stand_in_id"], ["id"])
        table.create_check_constraint(
            op.f("ck_person_mail_wanted_is_known"), "mail_wanted IN ('each', 'digest', 'none')"
        )
    _without_defaults("person", "mail_wanted", "is_robot")
    op.create_index(op.f("ix_person_manager_id"), "person", ["manager_id"])
    # A table that is built anew forgets in which direction an index goes.
    op.drop_index("ix_service_shelf", "service")
    with _altering("service") as table:
        table.add_column(sa.Column("approval", sa.Text(), nullable=True))
        table.add_column(sa.Column("shared_with_department", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_check_constraint(op.f("ck_service_approval_is_known"), "approval IN ('manager', 'owner')")
    _without_defaults("service", "shared_with_department")
    op.create_index("ix_service_shelf", "service", ["state", sa.literal_column("asked_lately DESC"), "name", "id"])
    op.drop_index("ix_service_request_queue", "service_request")
    op.drop_index("ix_service_request_unfindable", "service_request")
    with _altering("service_request") as table:
        table.add_column(sa.Column("proposed_team_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("proposed_why", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("shared_department_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("notice_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("found_by", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("impact", sa.Integer(), nullable=True))
        table.add_column(sa.Column("urgency", sa.Integer(), nullable=True))
        table.add_column(sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("told_until_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("said_answer_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("said_due_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("said_why", sa.Text(), nullable=True))
        table.add_column(sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("extras", sa.JSON(), nullable=False, server_default="[]"))
        table.create_foreign_key(op.f("fk_service_request_proposed_team_id_team"), "team", ["proposed_team_id"], ["id"])
        table.create_foreign_key(
            op.f("fk_service_request_shared_department_id_department"), "department", ["shared_department_id"], ["id"]
        )
        table.create_foreign_key(op.f("fk_service_request_notice_id_notice"), "notice", ["notice_id"], ["id"])
        table.create_foreign_key(
            op.f("fk_service_request_merged_into_id_service_request"), "service_request", ["merged_into_id"], ["id"]
        )
        table.drop_constraint(op.f("ck_service_request_state_is_known"), type_="check")
        table.create_check_constraint(
            op.f("ck_service_request_state_is_known"),
            "state IN ('received', 'approval', 'in_progress', 'waiting', 'held', 'resolved', 'closed', "
            "'withdrawn', 'declined', 'merged')",
        )
        table.drop_column("search_words")
    _without_defaults("service_request", "proposed_why", "found_by", "extras")
    op.create_index(
        "ix_service_request_warning",
        "service_request",
        ["warn_at", "id"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_service_request_shared",
        "service_request",
        ["shared_department_id", "id"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(op.f("ix_service_request_merged_into_id"), "service_request", ["merged_into_id"])
    op.create_index(
        "ix_service_request_queue",
        "service_request",
        ["next_due_at", "id", "is_open", "state", "first_answered_at"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_service_request_unfindable",
        "service_request",
        ["id"],
        sqlite_where=sa.text("found_by = ''"),
        postgresql_where=sa.text("found_by = ''"),
    )
    op.create_index(
        "ix_service_request_incident",
        "service_request",
        ["notice_id", "id"],
        sqlite_where=sa.text("notice_id IS NOT NULL"),
        postgresql_where=sa.text("notice_id IS NOT NULL"),
    )
    op.create_index(
        "ix_service_request_escalated",
        "service_request",
        ["next_due_at", "id"],
        sqlite_where=sa.text("is_open AND escalated_at IS NOT NULL"),
        postgresql_where=sa.text("is_open AND escalated_at IS NOT NULL"),
    )


def _without_defaults(table: str, *columns: str) -> None:
    """The defaults were for the rows that were there; new ones bring their own values."""
    with _altering(table) as altered:
        for column in columns:
            altered.alter_column(column, server_default=None)


def _alter_tables_back() -> None:
    op.drop_index("ix_service_request_warning", "service_request")
    op.drop_index("ix_service_request_shared", "service_request")
    op.drop_index(op.f("ix_service_request_merged_into_id"), "service_request")
    op.drop_index("ix_service_request_queue", "service_request")
    op.drop_index("ix_service_request_unfindable", "service_request")
    op.drop_index("ix_service_request_incident", "service_request")
    op.drop_index("ix_service_request_escalated", "service_request")
    with _altering("service_request") as table:
        table.drop_constraint(op.f("fk_service_request_proposed_team_id_team"), type_="foreignkey")
        table.drop_constraint(op.f("fk_service_request_shared_department_id_department"), type_="foreignkey")
        table.drop_constraint(op.f("fk_service_request_notice_id_notice"), type_="foreignkey")
        table.drop_constraint(op.f("fk_service_request_merged_into_id_service_request"), type_="foreignkey")
        table.drop_constraint(op.f("ck_service_request_state_is_known"), type_="check")
        table.create_check_constraint(
            op.f("ck_service_request_state_is_known"),
            "state IN ('received', 'in_progress', 'waiting', 'resolved', 'closed', 'withdrawn')",
        )
        table.drop_column("proposed_team_id")
        table.drop_column("proposed_why")
        table.drop_column("shared_department_id")
        table.drop_column("notice_id")
        table.drop_column("merged_into_id")
        table.drop_column("found_by")
        table.drop_column("impact")
        table.drop_column("urgency")
        table.drop_column("warn_at")
        table.drop_column("told_until_at")
        table.drop_column("said_answer_at")
        table.drop_column("said_due_at")
        table.drop_column("said_why")
        table.drop_column("escalated_at")
        table.drop_column("extras")
        table.add_column(sa.Column("search_words", sa.Text(), nullable=False, server_default=""))
    _without_defaults("service_request", "search_words")
    op.execute("CREATE INDEX ix_service_request_queue ON service_request (next_due_at, id) WHERE is_open")
    op.execute("CREATE INDEX ix_service_request_unfindable ON service_request (id) WHERE search_words = ''")
    op.drop_index("ix_service_shelf", "service")
    with _altering("service") as table:
        table.drop_constraint(op.f("ck_service_approval_is_known"), type_="check")
        table.drop_column("approval")
        table.drop_column("shared_with_department")
    op.create_index("ix_service_shelf", "service", ["state", sa.literal_column("asked_lately DESC"), "name", "id"])
    op.drop_index(op.f("ix_person_manager_id"), "person")
    with _altering("person") as table:
        table.drop_constraint(op.f("fk_person_picture_id_stored_file"), type_="foreignkey")
        table.drop_constraint(op.f("fk_person_manager_id_person"), type_="foreignkey")
        table.drop_constraint(op.f("fk_person_stand_in_id_person"), type_="foreignkey")
        table.drop_constraint(op.f("ck_person_mail_wanted_is_known"), type_="check")
        table.drop_column("phone")
        table.drop_column("picture_id")
        table.drop_column("manager_id")
        table.drop_column("stand_in_id")
        table.drop_column("away_from_on")
        table.drop_column("away_until_on")
        table.drop_column("mail_wanted")
        table.drop_column("is_robot")
    with _altering("team") as table:
        table.drop_column("description")
        table.drop_column("competencies")
        table.drop_column("version")
    op.drop_index("ix_outbox_message_bounced", "outbox_message")
    op.drop_index("ix_outbox_message_digest", "outbox_message")
    op.drop_index("ix_outbox_message_waiting", "outbox_message")
    with _altering("outbox_message") as table:
        table.drop_column("reply_to")
        table.drop_column("calendar")
        table.drop_column("stop_link")
        table.drop_column("in_digest")
        table.drop_column("bounced_at")
        table.drop_column("bounce_reason")
    op.execute(
        "CREATE INDEX ix_outbox_message_waiting ON outbox_message (next_try_at, id)"
        " WHERE sent_at IS NULL AND failed_at IS NULL"
    )
    with _altering("hours_plan") as table:
        table.drop_column("holidays")
        table.drop_column("holidays_until")


def _begin_to_warn() -> None:
    """Nobody is told of what was missed before this release; open promises are watched from their next moment on."""
    at = sa.bindparam("at", datetime.now(UTC), type_=sa.DateTime(timezone=True))
    later = sa.bindparam("later", datetime(9999, 1, 1, tzinfo=UTC), type_=sa.DateTime(timezone=True))
    ours = "UPDATE service_request SET told_until_at = :at WHERE source = 'portal'"
    op.get_bind().execute(sa.text(ours).bindparams(at))
    watch = (
        "UPDATE service_request SET warn_at = "
        "CASE WHEN next_due_at > :at THEN next_due_at WHEN due_at > :at THEN due_at END "
        "WHERE source = 'portal' AND is_open AND next_due_at < :later"
    )
    op.get_bind().execute(sa.text(watch).bindparams(at, later))


def _lay_index() -> None:
    """The words that requests are found by, kept in step by the database; a background round fills them."""
    if not _on_sqlite():
        op.execute(
            "CREATE INDEX ix_service_request_words ON service_request USING gin ((found_by::tsvector)) "
            "WITH (fastupdate = off)"
        )
        return
    add = "INSERT INTO service_request_index (rowid, found_by) VALUES (new.id, new.found_by)"
    take = (
        "INSERT INTO service_request_index (service_request_index, rowid, found_by) "
        "VALUES ('delete', old.id, old.found_by)"
    )
    op.execute(
        "CREATE VIRTUAL TABLE service_request_index USING fts5(found_by, content='service_request', "
        "content_rowid='id', detail=none, columnsize=0, tokenize='ascii tokenchars _')"
    )
    on = "ON service_request BEGIN"
    op.execute(f"CREATE TRIGGER service_request_indexed AFTER INSERT {on} {add}; END")
    op.execute(f"CREATE TRIGGER service_request_indexed_anew AFTER UPDATE OF found_by {on} {take}; {add}; END")
    op.execute(f"CREATE TRIGGER service_request_not_indexed AFTER DELETE {on} {take}; END")


def _clear_index() -> None:
    if not _on_sqlite():
        op.execute("DROP INDEX ix_service_request_words")
        return
    for deed in ("indexed", "indexed_anew", "not_indexed"):
        op.execute(f"DROP TRIGGER service_request_{deed}")
    op.execute("DROP TABLE service_request_index")


def _seal(table: str) -> None:
    refusal = "what was published never changes"
    raising = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    then = raising if _on_sqlite() else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    for deed in ("update", "delete"):
        op.execute(f"CREATE TRIGGER sealed_{table}_{deed} BEFORE {deed.upper()} ON {table} {then}")


def _unseal(table: str) -> None:
    for deed in ("update", "delete"):
        op.execute(f"DROP TRIGGER sealed_{table}_{deed}" + ("" if _on_sqlite() else f" ON {table}"))
