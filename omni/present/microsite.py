"""The public pages of a campaign: where each stands, and the same pages as a folder of plain files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from omni.domain.offer import Picture, picture_file
from omni.domain.published import Published
from omni.present.locales import bcp47
from omni.present.offer_page import OfferPage

MANIFEST = "manifest.json"
"""The list of a built site, in its folder: every file with its SHA-256, every page with its revision."""


@dataclass(frozen=True)
class SiteFile:
    """One file of a built site; a page has the revision of its edition."""

    path: str
    body: bytes
    revision: int | None = None


def public_path(content: Published, locale: str) -> str:
    """Where the public page of an edition stands in a locale."""
    return f"/{content.market}/{bcp47(locale)}/{content.campaign}/"


def page_file(content: Published, locale: str, html: str, revision: int) -> SiteFile:
    """A public page as the file that a server of plain files gives for its address."""
    folder = public_path(content, locale).removeprefix("/")
    return SiteFile(f"{folder}index.html", html.encode(), revision)


def picture_of(picture: Picture) -> SiteFile:
    """A picture as the file its pages show."""
    return SiteFile(f"pictures/{picture_file(picture.digest, picture.media_type)}", picture.body)


def with_picture_files(offer: OfferPage, files: Mapping[str, str]) -> OfferPage:
    """An offer whose pictures are named as `files` has them by digest; one that is not there is not shown."""
    items = (replace(item, picture=files.get(item.picture or "")) for item in offer.items)
    return replace(offer, picture=files.get(offer.picture or ""), items=tuple(items))


def manifest(campaign: str, files: Iterable[SiteFile]) -> SiteFile:
    """The list of a site's files, the same bytes for the same files."""
    listed = [
        {"path": file.path, "sha256": sha256(file.body).hexdigest(), "revision": file.revision}
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
