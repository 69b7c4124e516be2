"""Browsers that members are told in, and which notices they have been told of."""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, Json, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
TO_PUSH = sa.text("push_at IS NOT NULL AND push_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("p256dh", sa.String(length=88), nullable=False),
        sa.Column("auth", sa.String(length=24), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("told", Json, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_push_subscription_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_push_subscription_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("tenant_id", "endpoint", name=op.f("uq_push_subscription_tenant_id_endpoint")),
        info={"person": "membership_id", "erase": "delete"},
    )
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_push_subscription_tenant_id_membership_id"), ["tenant_id", "membership_id"], unique=False
        )
    op.add_column("notice", sa.Column("push_at", UtcDateTime(), nullable=True))
    op.add_column("notice", sa.Column("push_id", Id(), nullable=True))
    op.create_index(
        "ix_notice_to_push", "notice", ["tenant_id", "push_at"], postgresql_where=TO_PUSH, sqlite_where=TO_PUSH
    )


def downgrade() -> None:
    op.drop_index("ix_notice_to_push", "notice", postgresql_where=TO_PUSH, sqlite_where=TO_PUSH)
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("push_id")
        batch_op.drop_column("push_at")
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_push_subscription_tenant_id_membership_id"))
    op.drop_table("push_subscription")
