"""A shop's number is one order's, and of what the shop signed the newest word counts.

A number that two orders have is neither's: nobody knows by now which of them it was given to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("crossings", sa.Column("told", sa.BigInteger))
    crossings = sa.table("crossings", sa.column("dock", sa.String), sa.column("upstream", sa.String))
    number = (crossings.c.dock, crossings.c.upstream)
    shared = sa.select(*number).group_by(*number).having(sa.func.count(crossings.c.upstream) > 1)
    for dock, upstream in op.get_bind().execute(shared).all():
        named = (crossings.c.dock == dock) & (crossings.c.upstream == upstream)
        op.execute(crossings.update().where(named).values(upstream=None))
    op.create_index("crossings_upstream", "crossings", ["dock", "upstream"], unique=True)
