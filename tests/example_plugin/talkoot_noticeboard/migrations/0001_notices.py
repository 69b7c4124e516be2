"""The table of notices."""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "noticeboard_notice",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("association", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("area_id", Id(), nullable=True),
        sa.Column("author_id", Id(), nullable=False),
        sa.Column("keyed_by", Id(), nullable=True),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("submission", Id(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("shown_until", sa.Date(), nullable=False),
        sa.Column("expired_at", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "area_id"],
            ["area.tenant_id", "area.id"],
            name=op.f("fk_noticeboard_notice_tenant_id_area_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "author_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_noticeboard_notice_tenant_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversation.tenant_id", "conversation.id"],
            name=op.f("fk_noticeboard_notice_tenant_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "keyed_by"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_noticeboard_notice_tenant_id_keyed_by"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_noticeboard_notice_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_noticeboard_notice")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_noticeboard_notice_tenant_id_number")),
        sa.UniqueConstraint("tenant_id", "submission", name=op.f("uq_noticeboard_notice_tenant_id_submission")),
        info={"person": "author_id", "erase": "keep"},
    )
    with op.batch_alter_table("noticeboard_notice", schema=None) as batch_op:
        batch_op.create_index("ix_noticeboard_notice_board", ["tenant_id", "expired_at", "number"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("noticeboard_notice", schema=None) as batch_op:
        batch_op.drop_index("ix_noticeboard_notice_board")

    op.drop_table("noticeboard_notice")
