"""A site as a folder of plain files, and the list of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from omni.present.offer_page import OfferPage

MANIFEST = "manifest.json"
"""The list of a built site, in its folder: every file with its SHA-256, every page with its revision."""

Header = tuple[str, str]
"""A header of an answer: its name and what it says."""


@dataclass(frozen=True)
class SiteFile:
    """One file of a built site: a page with the revision of its edition, what is served with its headers."""

    path: str
    body: bytes
    revision: int | None = None
    headers: Sequence[Header] = ()

    @property
    def listed(self) -> ListedFile:
        """What a site's lists say of it."""
        return ListedFile(self.path, sha256(self.body).hexdigest(), self.revision, self.headers)


@dataclass(frozen=True)
class ListedFile:
    """A file of a built site without its bytes, which are many: their SHA-256 stands for them."""

    path: str
    digest: str
    revision: int | None
    headers: Sequence[Header]


def file_path(address: str) -> str:
    """The file that a server of plain files gives for an address."""
    path = address.removeprefix("/")
    return f"{path}index.html" if path.endswith("/") else path


def with_picture_files(offer: OfferPage, files: Mapping[str, str]) -> OfferPage:
    """An offer whose pictures are named as `files` has them by digest; one that is not there is not shown."""
    items = (replace(item, picture=files.get(item.picture or "")) for item in offer.items)
    return replace(offer, picture=files.get(offer.picture or ""), items=tuple(items))


def manifest(campaign: str, files: Iterable[ListedFile]) -> SiteFile:
    """The list of a site's files, the same bytes for the same files."""
    listed = [
        {"path": file.path, "sha256": file.digest, "revision": file.revision}
        for file in sorted(files, key=lambda file: file.path)
    ]
    document = {"campaign": campaign, "files": listed}
    return SiteFile(MANIFEST, (json.dumps(document, indent=2) + "\n").encode())


def campaign_in(manifest_text: str) -> str | None:
    """The campaign whose site a manifest lists; None when it is no manifest of ours."""
    try:
        document = json.loads(manifest_text)
    except ValueError:
        return None
    found = document.get("campaign") if isinstance(document, dict) else None
    return found if isinstance(found, str) else None
