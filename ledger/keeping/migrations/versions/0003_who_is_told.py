"""Where parties are told what is recorded, and what is still to be told them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "endpoints",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("kinds", sa.String, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("failing", sa.BigInteger),
        sa.Column("stopped", sa.BigInteger),
        sa.Column("reason", sa.String),
    )
    op.create_table(
        "outbox",
        sa.Column("endpoint", sa.String, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("said", sa.String),
        sa.PrimaryKeyConstraint("endpoint", "position"),
    )
