"""What a serving process writes to standard error: lines for people, or JSON for machines.

Requests are not logged: their addresses carry codes and vouchers.
"""

import json
import logging
import sys
from datetime import UTC, datetime

PEOPLE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: time in UTC, level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever its message contains."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def write_log(form: str) -> None:
    """Write warnings and worse to standard error in the form of OMNI_LOG_FORMAT: `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(PEOPLE))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
