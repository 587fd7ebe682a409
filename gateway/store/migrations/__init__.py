"""The steps from one schema to the next, run by Alembic. A step once released is never changed; it names tables
itself."""
