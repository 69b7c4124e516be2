"""Tags of topics, and what lists of topics are filtered and sorted by."""

import sqlalchemy as sa
from alembic import op

from talkoot.db import Id, Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HEARD = """
UPDATE forums_topic SET heard = EXISTS (
  SELECT 1 FROM post WHERE post.tenant_id = forums_topic.tenant_id AND post.conversation_id = forums_topic.conversation_id
  AND post.author_id <> forums_topic.author_id AND post.hidden_at IS NULL
)
"""


def upgrade() -> None:
    op.create_table(
        "forums_tag",
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("names", Json, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("merged_into", Id(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merged_into"],
            ["forums_tag.tenant_id", "forums_tag.id"],
            name=op.f("fk_forums_tag_tenant_id_merged_into"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_forums_tag_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_forums_tag")),
        sa.UniqueConstraint("tenant_id", "slug", name=op.f("uq_forums_tag_tenant_id_slug")),
        info={"person": None},
    )
    op.create_table(
        "forums_topic_tag",
        sa.Column("topic_id", Id(), nullable=False),
        sa.Column("tag_id", Id(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "topic_id"],
            ["forums_topic.tenant_id", "forums_topic.id"],
            name=op.f("fk_forums_topic_tag_tenant_id_topic_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tag_id"],
            ["forums_tag.tenant_id", "forums_tag.id"],
            name=op.f("fk_forums_topic_tag_tenant_id_tag_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_forums_topic_tag_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_forums_topic_tag")),
        sa.UniqueConstraint(
            "tenant_id", "topic_id", "tag_id", name=op.f("uq_forums_topic_tag_tenant_id_topic_id_tag_id")
        ),
        info={"person": None},
    )
    with op.batch_alter_table("forums_topic_tag", schema=None) as batch_op:
        batch_op.create_index("ix_forums_topic_tag_topics", ["tenant_id", "tag_id", "topic_id"], unique=False)

    with op.batch_alter_table("forums_topic", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heard", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("ix_forums_topic_begun", ["tenant_id", "forum_id", "number"], unique=False)
        batch_op.create_index("ix_forums_topic_replies", ["tenant_id", "post_count", "number"], unique=False)
        batch_op.create_index(
            "ix_forums_topic_forum_replies", ["tenant_id", "forum_id", "post_count", "number"], unique=False
        )
        batch_op.create_index(
            "ix_forums_topic_unheard",
            ["tenant_id", "last_post_at", "number"],
            unique=False,
            postgresql_where=sa.text("NOT heard"),
            sqlite_where=sa.text("heard = 0"),
        )
    op.execute(HEARD)


def downgrade() -> None:
    with op.batch_alter_table("forums_topic", schema=None) as batch_op:
        for name in ("unheard", "forum_replies", "replies", "begun"):
            batch_op.drop_index(f"ix_forums_topic_{name}")
        batch_op.drop_column("heard")
    op.drop_table("forums_topic_tag")
    op.drop_table("forums_tag")
