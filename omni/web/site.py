"""The public site of some editions, each at its instant: every address it has, and what stands there.

The same for everybody: whoever is served it and whoever builds it as files gets the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

from flask import Flask, Response, make_response

from omni.domain.campaign import EditionState
from omni.domain.offer import picture_file
from omni.domain.rulebook import PageState
from omni.domain.window import local_day
from omni.present.locales import bcp47, choose_interface, own_name, speaking
from omni.present.pauses import pause_sentence
from omni.present.share_card import ShareCard, can_draw
from omni.present.site.addresses import (
    FEED_FORMS,
    HOME,
    NOTHING,
    ROBOTS,
    SITEMAP,
    Standing,
    alternates,
    feed_path,
    feeds_of,
)
from omni.present.site.crawling import robots, sitemap
from omni.present.site.feeds import MEDIA_TYPES, Feed
from omni.present.site.files import SiteFile, file_path
from omni.services import leading_on, showing
from omni.services.leading_on import RunningOffer
from omni.services.travelling import Then
from omni.web import here
from omni.web.dressing import rendered
from omni.web.headers import allow_audits, harden
from omni.web.share_cards import Cards
from omni.web.shopper_pictures import picture
from omni.web.site_voice import Public, Voice
from omni.web.speech import Language, Speech

A_MINUTE = "public, max-age=60"
"""How long a public page may be kept by whoever passes it on."""


class Stand:
    """An edition's place in a site; prices, pictures and stores are found when a page first needs them."""

    def __init__(self, then: Then) -> None:
        self.then = then
        market = then.catalogue.markets[then.edition.market_id]
        self.standing = Standing.of(then.content, market, here().settings.host_for(market.host))
        self._voices: dict[str, Voice] = {}

    @cached_property
    def public(self) -> Public:
        """The edition in public."""
        then, standing = self.then, self.standing
        shown = showing.in_public(then.catalogue, then.at, f"{standing.campaign}/{standing.market}")
        if shown is None:
            raise LookupError(f"{standing.campaign}/{standing.market} was not launched")
        with here().db.reading() as session:
            return Public(
                shown=shown,
                standing=standing,
                pictures=showing.picture_files(session, shown.content),
                stores=showing.stores(session, shown, local_day(then.at, shown.market.time_zone)),
                clauses={
                    locale: showing.terms_version(session, terms.id).clauses
                    for locale, terms in shown.content.terms.items()
                },
            )

    def voice(self, locale: str) -> Voice:
        """The edition in one of its locales."""
        if locale not in self._voices:
            self._voices[locale] = Voice(self.public, locale)
        return self._voices[locale]


@dataclass(frozen=True)
class Answer:
    """What stands at an address of a site; a page has the revision of its edition."""

    address: str
    draw: Callable[[], Response]
    revision: int | None = None


class Site:
    """The public site of those editions that were launched. It is to be asked within an application."""

    def __init__(self, editions: Iterable[Then]) -> None:
        launched = (then for then in editions if then.edition.state is not EditionState.DRAFT)
        in_order = sorted(launched, key=lambda then: then.edition.id or 0)
        self._stands = {(then.content.campaign, then.content.market): Stand(then) for then in in_order}
        self._standings = [stand.standing for stand in self._stands.values()]
        self._cards = Cards()

    def stand(self, campaign: str, market: str) -> Stand | None:
        """The place of a campaign in a market."""
        return self._stands.get((campaign, market))

    def answers(self) -> Iterator[Answer]:
        """Everything there is, pages first and cards last."""
        for stand in self._stands.values():
            for locale in stand.standing.locales:
                for part in stand.standing.parts:
                    address = stand.standing.path(locale, part)
                    yield Answer(
                        address, partial(self.page, stand, locale, part), stand.then.edition.revision
                    )
        for market, locale in feeds_of(self._standings):
            for form in FEED_FORMS:
                yield Answer(feed_path(market, locale, form), partial(self.feed, market, locale, form))
        yield Answer(SITEMAP, self.sitemap)
        yield Answer(ROBOTS, self.robots)
        yield Answer(NOTHING, self.nothing)
        for file in self._pictures():
            yield Answer(f"/pictures/{file}", partial(picture, file))
        for address, card in self._drawable_cards:
            yield Answer(address, partial(self.card, card))

    def page(self, stand: Stand, locale: str, part: str) -> Response:
        """A page of an edition."""
        voice, shown = stand.voice(locale), stand.public.shown
        with speaking(voice.speech.interface):
            template, own = voice.page(part)
            is_over = shown.state is PageState.ENDED
            html = rendered(
                template,
                shown.content.theme,
                **own,
                speech=voice.speech,
                languages=voice.languages(part),
                alternates=alternates(self._family(stand), stand.standing, part),
                standing=stand.standing,
                part=part,
                is_test=False,
                is_sandbox=here().settings.is_sandbox,
                view=shown,
                clauses=voice.clauses,
                zone=shown.market.time_zone,
                why_paused=pause_sentence(shown.edition.pause_reason, shown.edition.pause_words),
                afterwards=_afterwards(stand) if is_over else None,
            )
        return _for_everybody(make_response(html))

    def feed(self, market: str, locale: str, form: str) -> Response:
        """The offers of a market in a locale, in one of the two spellings of a feed."""
        voices = [
            stand.voice(locale)
            for stand in self._stands.values()
            if stand.standing.market == market and locale in stand.standing.locales
        ]
        with speaking(voices[0].speech.interface):
            listed = [voice.listed(there) for voice in voices for there in voice.public.shown.bundles]
        first = voices[0].public
        offers = [offer for offer in listed if offer is not None]
        feed = Feed(market, locale, first.shown.content.seller.name, first.standing.host, offers)
        return _for_everybody(Response(feed.text(form), mimetype=MEDIA_TYPES[form]))

    def card(self, card: ShareCard) -> Response:
        """The picture that stands for a bundle where its page is shared."""
        return self._cards.answer(card)

    def cards_coming(self) -> AbstractContextManager[None]:
        """Draw all cards beside what is done meanwhile, so that they are there when they are asked for."""
        return self._cards.coming(card for _, card in self._drawable_cards)

    def feed_locales(self, market: str) -> list[str]:
        """The locales in which a market has a feed."""
        return [locale for there, locale in feeds_of(self._standings) if there == market]

    def sitemap(self) -> Response:
        """Every page with its other languages."""
        text = sitemap(self._standings, self._changed_at)
        return _for_everybody(Response(text, mimetype="text/xml"))

    def robots(self) -> Response:
        """What crawlers may read."""
        text = robots(self._standings, is_sandbox=here().settings.is_sandbox)
        return _for_everybody(Response(text, mimetype="text/plain"))

    def nothing(self) -> Response:
        """The page of an address where nothing is, with all homes; in English unless one language is all."""
        tongues = {locale.split("_")[0] for standing in self._standings for locale in standing.locales}
        interface = choose_interface(asked=None, accept_language=None, market_locales=())
        if len(tongues) == 1:
            interface = choose_interface(asked=tongues.pop(), accept_language=None, market_locales=())
        with speaking(interface):
            html = rendered(
                "site/nothing.html",
                speech=Speech(interface, interface),
                languages=[],
                homes=[(standing, _homes(standing)) for standing in self._standings],
                is_test=False,
                is_sandbox=here().settings.is_sandbox,
            )
        response = make_response(html)
        response.headers["Cache-Control"] = A_MINUTE
        return response

    def _family(self, stand: Stand) -> Sequence[Standing]:
        return [each for each in self._standings if each.campaign == stand.standing.campaign]

    def _changed_at(self, standing: Standing, part: str) -> datetime:
        """The last instant at which a part of an edition was another."""
        then = self._stands[standing.campaign, standing.market].then
        return then.changed_at([each for each in then.content.offered if part in (HOME, each.slug)])

    @cached_property
    def _drawable_cards(self) -> list[tuple[str, ShareCard]]:
        """Every card that can be drawn, with its address; those with the same picture in a row."""
        cards = [card for stand in self._stands.values() for card in _cards_of(stand)] if can_draw() else []
        return sorted(cards, key=lambda each: each[1].picture or "")

    def _pictures(self) -> list[str]:
        contents = [stand.then.content for stand in self._stands.values()]
        digests = {digest for content in contents for digest in content.pictures}
        logos = (content.theme.logo_digest for content in contents if content.theme)
        digests.update(logo for logo in logos if logo)
        with here().db.reading() as session:
            found = showing.pictures(session, digests)
        return [picture_file(each.digest, each.media_type) for each in found]


def current() -> Site:
    """The site of everything that is in public now."""
    place = here()
    now = place.world.now()
    catalogue = place.catalogue.current(now)
    return Site(Then(now, catalogue, edition) for edition in catalogue.editions.values())


def built(app: Flask, editions: Sequence[Then]) -> tuple[int, Iterator[SiteFile]]:
    """How many files the site of these editions has, and each as it is served, drawn when it is asked for."""
    with app.app_context():
        site = Site(editions)
        answers = list(site.answers())
    return len(answers), _files(app, site, answers)


def _files(app: Flask, site: Site, answers: Sequence[Answer]) -> Iterator[SiteFile]:
    with ExitStack() as stack:
        # Whoever asks for one file after another is not to stand within the application between two.
        with app.app_context():
            stack.enter_context(site.cards_coming())
        yield from (_file(app, answer) for answer in answers)


def _file(app: Flask, answer: Answer) -> SiteFile:
    with app.test_request_context(answer.address):
        response = harden(answer.draw())
        headers = tuple(response.headers.items())
        return SiteFile(file_path(answer.address), response.get_data(), answer.revision, headers)


def _for_everybody(response: Response) -> Response:
    """Kept for a minute by whoever passes it on, and found by search engines unless this is a trial."""
    allow_audits()
    response.headers["Cache-Control"] = A_MINUTE
    if not here().settings.is_sandbox:
        response.headers["X-Robots-Tag"] = "all"
    return response


def _cards_of(stand: Stand) -> Iterator[tuple[str, ShareCard]]:
    """The card of every bundle of an edition in all its locales, each with its address."""
    for voice in map(stand.voice, stand.standing.locales):
        with speaking(voice.speech.interface):
            for there in stand.public.shown.bundles:
                yield voice.card_path(there), voice.card(there)


def _afterwards(stand: Stand) -> RunningOffer | None:
    return leading_on.afterwards(stand.then.catalogue, stand.then.at, stand.then.content)


def _homes(standing: Standing) -> list[Language]:
    return [
        Language(bcp47(locale), own_name(locale), standing.path(locale), is_current=False)
        for locale in standing.locales
    ]
