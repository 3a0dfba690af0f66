"""What a shopper keeps of her voucher: a pass, a day in her calendar, a picture; and the offer to share.

Everything here is a link of the voucher's page. Where one leads nowhere, be it that the voucher is spent or
that this installation makes no passes, it leads back to that page, which says what there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from omni.domain.rulebook import PageState, edition_page, end_of
from omni.domain.visit import VisitKind, device_of
from omni.domain.wallet import Wallet, wallets_for
from omni.present import apple_pass, calendar_file, google_pass, voucher_card
from omni.present.keepsake import Keepsake, keepsake
from omni.present.paper import mark_of
from omni.present.site.addresses import public_path
from omni.present.slip import PrintUnavailable
from omni.services import passing_on
from omni.web import here
from omni.web.known_voucher import KnownVoucher, known_voucher
from omni.web.shopper_pages import see_other
from omni.web.speech import Speech, market_speech


@dataclass(frozen=True)
class Ways:
    """How a voucher can be kept on this phone, and where its offer can be had by somebody else."""

    wallets: tuple[Wallet, ...]
    has_picture: bool
    shared: str | None


def ways_to_keep(found: KnownVoucher, speech: Speech, now: datetime) -> Ways | None:
    """What the voucher's page offers to keep; None where the voucher is of no use any more."""
    if not found.is_good(now):
        return None
    device = device_of(request.headers.get("User-Agent", "")[:512], VisitKind.HUMAN)
    there = wallets_for(found.view.market.country, device)
    wallets = tuple(wallet for wallet in there if _is_made(wallet, now))
    return Ways(wallets, voucher_card.can_draw(), _shared(found, speech, now))


def apple_wallet(voucher: str) -> Response:
    """The voucher as a pass for Apple Wallet."""
    now = here().world.now()
    kept, signer = _kept(voucher, now), apple_pass.signer_of(here().settings)
    if isinstance(kept, Response):
        return kept
    if signer is None or not signer.is_good(now):
        return _back(kept)
    return _file(apple_pass.apple_pass(kept, signer), apple_pass.MEDIA_TYPE, f"{kept.voucher}.pkpass")


def google_wallet(voucher: str) -> Response:
    """On to Google, with the voucher in the address."""
    now = here().world.now()
    kept, account = _kept(voucher, now), google_pass.account_of(here().settings)
    if isinstance(kept, Response):
        return kept
    link = google_pass.google_pass(kept, account, now=now) if account else None
    return see_other(link) if link else _back(kept)


def calendar(voucher: str) -> Response:
    """The last day of the voucher, for a calendar."""
    now = here().world.now()
    kept = _kept(voucher, now)
    if isinstance(kept, Response):
        return kept
    body = calendar_file.calendar_file(kept, made_at=now)
    return _file(body, calendar_file.MEDIA_TYPE, f"{kept.voucher}.ics")


def picture(voucher: str) -> Response:
    """The voucher as a picture; shown, because phones keep among their photographs what is held down."""
    kept = _kept(voucher, here().world.now())
    if isinstance(kept, Response):
        return kept
    try:
        return Response(voucher_card.voucher_card(kept), content_type="image/png")
    except PrintUnavailable:
        return _back(kept)


def _kept(text: str, now: datetime) -> Keepsake | Response:
    found = known_voucher(text, now)
    if isinstance(found, Response):
        return found
    speech = market_speech(found.view.content, found.view.market, terms=found.claim.locale)
    if not found.is_good(now):
        return see_other(speech.address(f"/v/{found.voucher}"))
    view = found.view
    return keepsake(
        view.content,
        view.bundle,
        view.market,
        view.placement,
        voucher=found.voucher,
        shown=found.shop_code or found.voucher,
        address=f"{view.batch.host}/v/{found.voucher}",
        price_minor=found.claim.price_minor,
        ends_at=end_of(view.code, found.claim),
        mark=mark_of(view.batch, is_sandbox=here().settings.is_sandbox),
        spoken=speech.interface,
        locale=speech.terms,
    )


def _is_made(wallet: Wallet, now: datetime) -> bool:
    settings = here().settings
    if wallet is Wallet.GOOGLE:
        return google_pass.account_of(settings) is not None
    signer = apple_pass.signer_of(settings)
    return signer is not None and signer.is_good(now)


def _shared(found: KnownVoucher, speech: Speech, now: datetime) -> str | None:
    """Where somebody else finds the offer: at a place of its own for that, else on its public page."""
    view, catalogue = found.view, here().catalogue.current(now)
    slug = passing_on.shared_link(catalogue, now, edition_id=view.batch.edition_id)
    if slug is not None:
        return f"{view.batch.host}/p/{slug}"
    if edition_page(view.edition, view.market.time_zone, now) is not PageState.OFFER:
        return None
    return here().settings.host_for(view.market.host) + public_path(view.content, speech.terms)


def _back(kept: Keepsake) -> Response:
    """Back to the voucher's page, in the language the reader chose."""
    lang = request.args.get("lang", "")[:40]
    return see_other(Speech("", "", lang or None).address(f"/v/{kept.voucher}"))


def _file(body: bytes, media_type: str, name: str) -> Response:
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
