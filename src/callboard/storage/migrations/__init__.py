"""Migrations, oldest first; each has ``upgrade(backend)`` over alembic operations."""
