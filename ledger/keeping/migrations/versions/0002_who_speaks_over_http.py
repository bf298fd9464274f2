"""Keys of who speaks over HTTP, and under which reference an order crossed to another shop."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("kinds", sa.String, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
    )
    op.create_table(
        "crossings",
        sa.Column("dock", sa.String, nullable=False),
        sa.Column("ref", sa.String, nullable=False),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("upstream", sa.String),
        sa.Column("sent", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.BigInteger),
        sa.PrimaryKeyConstraint("dock", "ref"),
    )
    op.create_index("crossings_stream", "crossings", ["stream"])
