"""From the JSON of an answer to its values."""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import datetime
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def read(kind: type[T], document: Any) -> T:
    """An answer from its JSON. Raises ValueError where something that was promised is missing."""
    if not isinstance(document, dict):
        raise ValueError(f"not an answer: {str(document)[:80]}")
    known = {name: hint for name, hint in get_type_hints(kind).items() if name in document}
    try:
        return kind(**{name: _value(hint, document[name]) for name, hint in known.items()})
    except TypeError as missing:
        raise ValueError(str(missing)) from None


def _value(hint: Any, written: Any) -> Any:
    if written is None or hint is Any:
        return written
    if isinstance(hint, UnionType):
        return _value(get_args(hint)[0], written)
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], part) for part in written)
    if hint is datetime:
        return datetime.fromisoformat(written)
    return read(hint, written) if is_dataclass(hint) and isinstance(hint, type) else written
