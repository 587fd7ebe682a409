"""The register's database: PostgreSQL or SQLite behind `gateway.ports.Store`. The only importer of SQLAlchemy.

`gateway.store.sql_store.open_store` opens it; `gateway.store.migration` makes and upgrades it.
"""
