"""Pictures and their cuts: each cut is kept once under the hash of its bytes, and published by its name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from omni.domain.campaign_file import BundlePart
from omni.domain.creative import MIDDLE, SHAPES, Focus, Form
from omni.domain.edition_plan import EditionPlan
from omni.domain.offer import Picture, Rendition, picture_file
from omni.domain.published import PublishedBundle, PublishedPicture, PublishedRendition, PublishedVariant


def known_cuts(session: Session, source: str, focus: Focus) -> Sequence[Rendition]:
    """The cuts of a picture that were made already, around a focus."""
    wanted = select(Rendition).where(Rendition.source == source, Rendition.focus == str(focus))
    return session.exec(wanted).all()


def keep(tx: Session, source: Picture, made: Iterable[tuple[Rendition, Picture]]) -> None:
    """Keep a picture and cuts of it, each with its bytes; what is there already stays."""
    cuts = list(made)
    for picture in (source, *(picture for _, picture in cuts)):
        tx.merge(picture)
    # A cut names both of its pictures, so they are written first.
    tx.flush()
    for rendition, _ in cuts:
        tx.merge(rendition)


def cuts_of(
    session: Session, bundles: Iterable[PublishedBundle], focuses: Mapping[str, Focus]
) -> dict[str, PublishedPicture]:
    """How the pictures of these bundles were cut, by digest; a focus nobody wrote is the middle.

    Pictures that are drawn at any size have no cuts, and are told only where a focus was written.
    """
    digests = sorted({digest for bundle in bundles for digest in bundle.sources})
    made: dict[str, list[Rendition]] = defaultdict(list)
    for rendition in session.exec(select(Rendition).where(col(Rendition.source).in_(digests))):
        if rendition.focus == str(focuses.get(rendition.source, MIDDLE)):
            made[rendition.source].append(rendition)
    return {
        digest: PublishedPicture(focus=str(focuses.get(digest, MIDDLE)), forms=_by_form(made[digest]))
        for digest in digests
        if digest in made or digest in focuses
    }


def _by_form(renditions: Sequence[Rendition]) -> dict[Form, tuple[PublishedRendition, ...]]:
    return {
        form: tuple(
            PublishedRendition(width=cut.width, height=cut.height, file=picture_file(cut.digest, media_type))
            for media_type in shape.widths
            for cut in sorted(renditions, key=lambda cut: cut.width)
            if cut.form == form and cut.media_type == media_type
        )
        for form, shape in SHAPES.items()
        if any(cut.form == form for cut in renditions)
    }


def variants_of(
    part: BundlePart, plan: EditionPlan, pictures: Mapping[str, Picture]
) -> tuple[PublishedVariant, ...]:
    """The variants of a bundle that its codes in one market show; `pictures` are by path."""
    return tuple(
        PublishedVariant(
            slug=slug,
            weight=shown.weight,
            picture=pictures[shown.picture].digest,
            alts=shown.alt.by_locale(plan.locales) if shown.alt else {},
            texts=shown.text.by_locale(plan.locales) if shown.text else {},
            made_by_ai=shown.made_by_ai,
            touchpoints=tuple(dict.fromkeys(shown.touchpoints or ())),
        )
        for slug, shown in part.variants.items()
        if shown.is_for(plan.market.id)
    )
