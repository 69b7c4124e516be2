"""The index of search: an entry for each post, and what each database needs to look it up."""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id
from talkoot.search import full_text
from talkoot.search.models import Entry

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("words", Entry(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_search_entry_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"], ["post.tenant_id", "post.id"], name=op.f("fk_search_entry_tenant_id_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_search_entry_tenant_id_number")),
    )
    for statement in full_text.POSTGRESQL if op.get_bind().dialect.name == "postgresql" else full_text.SQLITE:
        op.execute(statement)


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in full_text.POSTGRESQL_UNDONE if is_postgresql else full_text.SQLITE_UNDONE:
        op.execute(statement)
    op.drop_table("search_entry")
