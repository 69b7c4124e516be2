"""Drafts, and members found by any word of their name

Revision ID: 0003
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, Json, UtcDateTime
from talkoot.people import names

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("membership_id", Id(), nullable=False),
        sa.Column("place_kind", sa.String(length=60), nullable=False),
        sa.Column("place_id", Id(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("writer", Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_draft_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_draft_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "tenant_id",
            "membership_id",
            "place_kind",
            "place_id",
            name=op.f("uq_draft_tenant_id_membership_id_place_kind_place_id"),
        ),
        info={"person": "membership_id", "erase": "delete"},
    )
    op.create_index(op.f("ix_draft_tenant_id_saved_at"), "draft", ["tenant_id", "saved_at"])
    tails = op.create_table(
        "name_tail",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "tail",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("membership_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_name_tail_tenant_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_name_tail_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "tail", "membership_id", name=op.f("pk_name_tail")),
        info={"person": "membership_id", "erase": "delete"},
    )
    op.create_index(op.f("ix_name_tail_tenant_id_membership_id"), "name_tail", ["tenant_id", "membership_id"])
    _fill(tails)


def _fill(tails: sa.Table) -> None:
    """The names of those who are members already."""
    member = sa.table(
        "membership", sa.column("tenant_id"), sa.column("id", Id()), sa.column("name"), sa.column("erased_at")
    )
    members = op.get_bind().execute(sa.select(member).where(member.c.erased_at.is_(None))).all()
    op.bulk_insert(
        tails,
        [
            {"tenant_id": one.tenant_id, "tail": tail, "membership_id": one.id}
            for one in members
            for tail in names.tails(one.name)
        ],
    )


def downgrade() -> None:
    op.drop_table("name_tail")
    op.drop_table("draft")
