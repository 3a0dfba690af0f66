"""What stands before the first test stands to the end: the collector need not walk it again and again."""

import gc


def pytest_collection_finish() -> None:
    """Leave thousands of tests and all modules out of every later collection, a tenth of the time."""
    gc.collect()
    gc.freeze()
