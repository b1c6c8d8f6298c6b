"""Alembic's entry: the connection is handed in by ``store/migrate.py``; there is no ini file."""

from alembic import context

from daysheet.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    # the tables of the sheets belong to the spec, not to Alembic
    include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
)
context.run_migrations()
