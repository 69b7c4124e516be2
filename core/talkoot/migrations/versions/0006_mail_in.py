"""mail_in"""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_stranger",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_mail_stranger")),
        sa.UniqueConstraint("id", name=op.f("uq_mail_stranger_id")),
    )
    op.create_index("ix_mail_stranger_at", "mail_stranger", ["at"])
    op.create_table(
        "mail_bounce",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_mail_bounce_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_bounce")),
    )
    op.create_table(
        "mail_answer",
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("submission", Id(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_mail_answer_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mail_answer_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_answer")),
        sa.UniqueConstraint("tenant_id", "submission", name=op.f("uq_mail_answer_tenant_id_submission")),
    )
    op.create_index(
        op.f("ix_mail_answer_tenant_id_membership_id"), "mail_answer", ["tenant_id", "membership_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("mail_answer")
    op.drop_table("mail_bounce")
    op.drop_table("mail_stranger")
