"""The schema's history; every step runs on SQLite and on PostgreSQL alike."""
