"""What the store says when the database cannot answer."""


class StoreBusy(Exception):
    """The database cannot be reached, or other writers kept it for too long; nothing was written."""
