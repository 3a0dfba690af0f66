"""The database and the files beside it: engine, finders, spool, outbox, cube, migrations."""
