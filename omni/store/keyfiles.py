"""The secrets of an embedded installation: two files only their owner can read."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from omni.domain.keyring import Keyring, new_key

CODE_KEYS = "code-keys"
SECRET_KEY = "secret-key"


def create_missing(
    folder: Path, mint: Callable[[int], bytes], *, wanted: Sequence[str] = (CODE_KEYS, SECRET_KEY)
) -> list[str]:
    """Write the wanted secrets that are not there yet, never over one that is; says which were made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    if CODE_KEYS in wanted and not (folder / CODE_KEYS).exists():
        write_secret(folder / CODE_KEYS, Keyring((new_key(1, mint),), 1).as_setting())
        made.append(CODE_KEYS)
    if SECRET_KEY in wanted and not (folder / SECRET_KEY).exists():
        write_secret(folder / SECRET_KEY, mint(32).hex())
        made.append(SECRET_KEY)
    return made


def write_secret(path: Path, content: str) -> None:
    """Replace a file with one only its owner can read; the old content or the new is there, never half."""
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_secret(folder: Path, name: str) -> str:
    """The content of a secret file, empty when there is none."""
    path = folder / name
    return path.read_text().strip() if path.exists() else ""
