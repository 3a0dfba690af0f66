"""What revisions of editions say, read once for each digest.

The same digest is the same content, in whichever database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omni.domain.campaign import EditionRevision
from omni.domain.published import Published

_MOST = 1000
_READ: dict[str, Published] = {}


def content_of(row: EditionRevision) -> Published:
    """What a revision says."""
    return content_under(row.sha256, lambda: row.content)


def content_under(sha256: str, document: Callable[[], Mapping[str, Any]]) -> Published:
    """What was published under a digest; its document is asked for where it was not read yet."""
    content = _READ.get(sha256)
    if content is None:
        if len(_READ) >= _MOST:
            _READ.clear()
        content = _READ[sha256] = Published.model_validate(document())
    return content
