"""Writing down that a page was opened, before it is answered and before any database hears of it."""

from __future__ import annotations

from datetime import datetime

from flask import request

from omni.domain import stranger
from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import OrphanClass, Visit
from omni.web import here
from omni.web.visiting import visit_of


def note_scan(
    batch: Batch,
    number: int,
    now: datetime,
    *,
    revision: int,
    touchpoint: str,
    locale: str,
    variant: str | None,
) -> None:
    """Count one opening of a code's page, at a revision of its edition; only a GET is one."""
    visit = visit_of(request.environ)
    if visit is not None:
        here().spool.append(
            record_of(
                visit,
                batch,
                number,
                now,
                revision=revision,
                touchpoint=touchpoint,
                locale=locale,
                variant=variant,
            )
        )


def record_of(
    visit: Visit,
    batch: Batch,
    number: int,
    now: datetime,
    *,
    revision: int,
    touchpoint: str,
    locale: str,
    variant: str | None,
) -> ScanRecord:
    """One opening of a code's page as it is written down."""
    return ScanRecord(
        at=now,
        kind=visit.kind,
        device=visit.device,
        number=number,
        batch_id=batch.id or 0,
        edition_id=batch.edition_id,
        placement_id=batch.placement_id,
        revision=revision,
        touchpoint=touchpoint,
        variant=variant or "default",
        arm="treatment",
        locale=locale,
        shared=batch.is_shared_code(number),
        origin=batch.origin,
    )


def note_orphan(text: str, looks_like: OrphanClass, now: datetime, *, locale: str) -> None:
    """Count one opening with a text that is not one of our codes; the text is forgotten but for its mark."""
    visit = visit_of(request.environ)
    if visit is None:
        return
    place = here()
    place.spool.append(
        ScanRecord(
            at=now,
            kind=visit.kind,
            device=visit.device,
            looks_like=looks_like,
            mark=stranger.mark_of(text, place.keyring.secret_for(Purpose.STRANGER)),
            locale=locale,
        )
    )
