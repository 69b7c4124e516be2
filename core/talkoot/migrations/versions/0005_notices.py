"""What people follow, what they are told, when mail comes to them, the posts they keep."""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow",
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("thing_id", Id(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_follow_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_follow_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_follow")),
        sa.UniqueConstraint("tenant_id", "kind", "thing_id", "membership_id", name="uq_follow_once"),
        info={"person": "membership_id", "erase": "delete"},
    )
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_follow_tenant_id_membership_id"), ["tenant_id", "membership_id"], unique=False
        )

    op.create_table(
        "mail_choice",
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("direct", sa.String(length=8), nullable=False),
        sa.Column("rest", sa.String(length=8), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("follow_own", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("direct IN ('now', 'daily', 'weekly', 'never')", name=op.f("ck_mail_choice_direct")),
        sa.CheckConstraint("rest IN ('now', 'daily', 'weekly', 'never')", name=op.f("ck_mail_choice_rest")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_mail_choice_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mail_choice_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_choice")),
        sa.UniqueConstraint("tenant_id", "membership_id", name=op.f("uq_mail_choice_tenant_id_membership_id")),
        info={"person": "membership_id", "erase": "delete"},
    )
    op.create_table(
        "notice",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("thing_id", Id(), nullable=False),
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("mail_id", Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_notice_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_notice_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "about", "thing_id", "membership_id", name=op.f("pk_notice")),
        info={"person": "membership_id", "erase": "delete"},
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_member", ["tenant_id", "membership_id", "at"], unique=False)
        batch_op.create_index(
            "ix_notice_unread",
            ["tenant_id", "membership_id"],
            unique=False,
            postgresql_where=sa.text("read_at IS NULL"),
            sqlite_where=sa.text("read_at IS NULL"),
        )
        batch_op.create_index(
            "ix_notice_waiting",
            ["tenant_id", "due_at"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL AND mail_id IS NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL AND mail_id IS NULL"),
        )

    op.create_table(
        "bookmark",
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("post_id", Id(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("remind_at", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_bookmark_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "post_id"], ["post.tenant_id", "post.id"], name=op.f("fk_bookmark_tenant_id_post_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_bookmark_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bookmark")),
        sa.UniqueConstraint("tenant_id", "post_id", "membership_id", name="uq_bookmark_once"),
        info={"person": "membership_id", "erase": "delete"},
    )
    with op.batch_alter_table("bookmark", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bookmark_tenant_id_membership_id"), ["tenant_id", "membership_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_bookmark_tenant_id_remind_at"),
            ["tenant_id", "remind_at"],
            unique=False,
            postgresql_where=sa.text("remind_at IS NOT NULL"),
            sqlite_where=sa.text("remind_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("bookmark", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_bookmark_tenant_id_remind_at"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
            sqlite_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_bookmark_tenant_id_membership_id"))

    op.drop_table("bookmark")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_waiting",
            postgresql_where=sa.text("due_at IS NOT NULL AND mail_id IS NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL AND mail_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_notice_unread", postgresql_where=sa.text("read_at IS NULL"), sqlite_where=sa.text("read_at IS NULL")
        )
        batch_op.drop_index("ix_notice_member")

    op.drop_table("notice")
    op.drop_table("mail_choice")
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_tenant_id_membership_id"))

    op.drop_table("follow")
