"""Where Alembic enters: the vault's connection is handed in, and one transaction holds every step."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
