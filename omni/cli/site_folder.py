"""The folder a campaign's public site is built into: the whole new site stands there, or the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from omni.domain.refusal import BadInput
from omni.present.site.files import MANIFEST, ListedFile, SiteFile, campaign_in


class SiteFolder:
    """A folder of a campaign's own; to be closed once files are added and published.

    Files are written beside their names until all are there: a page that cannot be drawn, or a disk that is
    full, leaves the old site whole. Raises BadInput for one that cannot be written, or is another campaign's:
    each would call the other's files left over.
    """

    def __init__(self, path: Path, campaign: str) -> None:
        listed = path / MANIFEST
        if listed.exists() and campaign_in(listed.read_text(encoding="utf-8")) != campaign:
            raise BadInput("output", f"{listed} is not of {campaign}: choose a folder of its own")
        self._path = path
        self._campaign = campaign
        self._beside: dict[Path, Path] = {}

    def add(self, file: SiteFile) -> ListedFile:
        """Write a file beside its name, if there is another under it or none."""
        path = self._path / file.path
        with self._written():
            if not (path.is_file() and path.read_bytes() == file.body):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._beside[path] = path.with_name(f".{path.name}.part")
                self._beside[path].write_bytes(file.body)
        return file.listed

    def publish(self) -> int:
        """Give every file its name; how many there were."""
        with self._written():
            for path, beside in self._beside.items():
                beside.replace(path)
        written = len(self._beside)
        self._beside.clear()
        return written

    def left_over(self, files: Iterable[ListedFile]) -> list[str]:
        """What earlier builds wrote and is none of these; it may be linked, so it stays.

        Cards are not named: each change of a price leaves some, which links that were shared still show.
        """
        patterns = (f"*/*/{self._campaign}/**/index.html", "pictures/*", "feeds/*/*")
        found = (path for pattern in patterns for path in self._path.glob(pattern))
        return sorted(
            {path.relative_to(self._path).as_posix() for path in found} - {file.path for file in files}
        )

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as failure:
            raise BadInput("output", f"{self._path} cannot be written: {failure.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for beside in self._beside.values():
            beside.unlink(missing_ok=True)
