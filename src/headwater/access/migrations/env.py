"""Read by Alembic, not imported: runs the migrations on the connection that `schema.upgrade` hands over."""

from alembic import context

from headwater.access.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
