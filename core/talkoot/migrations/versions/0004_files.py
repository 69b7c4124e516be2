"""files"""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploader_id", Id(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submission", Id(), nullable=False),
        sa.Column("post_id", Id(), nullable=True),
        sa.Column("unused_since", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "post_id"], ["post.tenant_id", "post.id"], name=op.f("fk_file_tenant_id_post_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "uploader_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_file_tenant_id_uploader_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_file_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_file")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_file_tenant_id_name")),
        sa.UniqueConstraint(
            "tenant_id", "uploader_id", "submission", name=op.f("uq_file_tenant_id_uploader_id_submission")
        ),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index(
            "ix_file_tenant_id_uploader_id_created_at", ["tenant_id", "uploader_id", "created_at"], unique=False
        )
        for column in ("post_id", "unused_since"):
            batch_op.create_index(
                batch_op.f(f"ix_file_tenant_id_{column}"),
                ["tenant_id", column],
                unique=False,
                postgresql_where=sa.text(f"{column} IS NOT NULL"),
                sqlite_where=sa.text(f"{column} IS NOT NULL"),
            )


def downgrade() -> None:
    op.drop_table("file")
