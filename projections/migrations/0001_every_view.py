"""Every view as it is: one that was made before steps were counted may have had any shape."""

from alembic import op

from mingdan.projections.views import make_anew

revision = "0001"
down_revision = None


def upgrade() -> None:
    make_anew(op.get_bind())
