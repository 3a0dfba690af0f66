"""Reading what is shown beside a code: frozen terms, pictures, and how long what a phone holds will last."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from omni.domain.offer import Picture
from omni.domain.terms import TermsVersion
from omni.store import finders


def terms_version(session: Session, terms_id: int) -> TermsVersion:
    """The frozen terms of an id; every claim and every published locale names one."""
    return session.get_one(TermsVersion, terms_id)


def picture(session: Session, digest: str) -> Picture | None:
    """A picture by the hash of its bytes."""
    return session.get(Picture, digest)


def last_end(session: Session, numbers: Iterable[int]) -> datetime | None:
    """The instant the last of these claims ends; None when there is none."""
    claims = (finders.claim_of(session, number) for number in numbers)
    return max((claim.expires_at for claim in claims if claim is not None), default=None)
