"""Polls, who has voted, and the votes."""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "polls_poll",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("post_id", Id(), nullable=False),
        sa.Column("author_id", Id(), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.String(length=8), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.Column("result", Json, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("kind IN ('single', 'several', 'ranked')", name=op.f("ck_polls_poll_kind")),
        sa.CheckConstraint("shown IN ('always', 'voted', 'closed')", name=op.f("ck_polls_poll_shown")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "author_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_polls_poll_tenant_id_author_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_polls_poll_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_polls_poll")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_polls_poll_tenant_id_number")),
        sa.UniqueConstraint("tenant_id", "post_id", name=op.f("uq_polls_poll_tenant_id_post_id")),
        info={"person": "author_id", "erase": "keep"},
    )
    with op.batch_alter_table("polls_poll", schema=None) as batch_op:
        batch_op.create_index("ix_polls_poll_due", ["tenant_id", "closed_at", "closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_polls_poll_tenant_id_author_id"), ["tenant_id", "author_id"], unique=False)

    op.create_table(
        "polls_ballot",
        sa.Column("poll_id", Id(), nullable=False),
        sa.Column("membership_id", Id(), nullable=True),
        sa.Column("choices", Json, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_polls_ballot_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "poll_id"],
            ["polls_poll.tenant_id", "polls_poll.id"],
            name=op.f("fk_polls_ballot_tenant_id_poll_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_polls_ballot_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_polls_ballot")),
        sa.UniqueConstraint(
            "tenant_id", "poll_id", "membership_id", name=op.f("uq_polls_ballot_tenant_id_poll_id_membership_id")
        ),
        info={"person": "membership_id", "erase": "anonymise"},
    )
    with op.batch_alter_table("polls_ballot", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_polls_ballot_tenant_id_membership_id"),
            ["tenant_id", "membership_id"],
            unique=False,
            postgresql_where=sa.text("membership_id IS NOT NULL"),
            sqlite_where=sa.text("membership_id IS NOT NULL"),
        )

    op.create_table(
        "polls_voter",
        sa.Column("poll_id", Id(), nullable=False),
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_polls_voter_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "poll_id"],
            ["polls_poll.tenant_id", "polls_poll.id"],
            name=op.f("fk_polls_voter_tenant_id_poll_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_polls_voter_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_polls_voter")),
        sa.UniqueConstraint(
            "tenant_id", "poll_id", "membership_id", name=op.f("uq_polls_voter_tenant_id_poll_id_membership_id")
        ),
        info={"person": "membership_id", "erase": "delete"},
    )
    with op.batch_alter_table("polls_voter", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_polls_voter_tenant_id_membership_id"), ["tenant_id", "membership_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("polls_voter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_polls_voter_tenant_id_membership_id"))

    op.drop_table("polls_voter")
    with op.batch_alter_table("polls_ballot", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_polls_ballot_tenant_id_membership_id"),
            postgresql_where=sa.text("membership_id IS NOT NULL"),
            sqlite_where=sa.text("membership_id IS NOT NULL"),
        )

    op.drop_table("polls_ballot")
    with op.batch_alter_table("polls_poll", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_polls_poll_tenant_id_author_id"))
        batch_op.drop_index("ix_polls_poll_due")

    op.drop_table("polls_poll")
