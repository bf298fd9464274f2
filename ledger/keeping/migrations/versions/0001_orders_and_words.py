"""The vault as it was before it was numbered: orders, and the words behind their commitments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("handle", sa.String, nullable=False, unique=True),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("alias", sa.String, unique=True),
    )
    op.create_table(
        "words",
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", "field"),
    )
    for field in ("contact", "recipient", "goods", "payment"):
        op.create_index(
            f"words_of_{field}",
            "words",
            [sa.text("substr(words, 1, 64)")],
            sqlite_where=sa.text(f"field = '{field}'"),
            postgresql_where=sa.text(f"field = '{field}'"),
        )
