"""Search's function anew, which keeps its plans and reads less; and entries no longer wait to be put into the index."""

from alembic import op

from talkoot.search import full_text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(full_text.CREATE_FUNCTION)  # keeps its owner and who may call it
    op.execute(f"ALTER INDEX {full_text.INDEX} SET (fastupdate = off)")
    op.execute(f"SELECT gin_clean_pending_list('{full_text.INDEX}'::regclass)")


def downgrade() -> None:
    """What is found is the same."""
