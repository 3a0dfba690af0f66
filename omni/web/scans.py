"""Writing down that a page was opened, before it is answered and before any database hears of it."""

from __future__ import annotations

from datetime import datetime

from flask import request

from omni.domain.scan_record import ScanRecord
from omni.domain.visit import OrphanClass
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.visiting import visit_of


def note_scan(view: OpenedCode, now: datetime, *, locale: str) -> None:
    """Count one opening of a code's page; only a GET is one."""
    visit = visit_of(request.headers, request.method)
    if visit is None:
        return
    here().spool.append(
        ScanRecord(
            at=now,
            kind=visit.kind,
            device=visit.device,
            number=view.number,
            batch_id=view.batch.id or 0,
            edition_id=view.batch.edition_id,
            placement_id=view.batch.placement_id,
            revision=view.edition.revision,
            touchpoint=view.placement.touchpoint,
            variant="default",
            arm="treatment",
            locale=locale,
            shared=view.batch.is_shared_code(view.number),
            origin=view.batch.origin,
        )
    )


def note_orphan(looks_like: OrphanClass, now: datetime, *, locale: str) -> None:
    """Count one opening with a text that is not one of our codes; the text itself is forgotten."""
    visit = visit_of(request.headers, request.method)
    if visit is not None:
        record = ScanRecord(
            at=now, kind=visit.kind, device=visit.device, looks_like=looks_like, locale=locale
        )
        here().spool.append(record)
