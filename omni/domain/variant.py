"""Which variant of a bundle is shown where a code is met: on its page, its paper and its screen."""

from omni.domain.batch import Batch, BatchKind
from omni.domain.placement import Placement
from omni.domain.published import PublishedBundle


def variant_shown(bundle: PublishedBundle, batch: Batch, number: int, placement: Placement) -> str | None:
    """The variant that the page of a number shows; all who a shared code serves see that of its poster."""
    shown = batch.first_number if batch.kind is BatchKind.SHARED else number
    variant = bundle.variant_for(shown, placement.touchpoint)
    return variant.slug if variant is not None else None


def bundle_shown(bundle: PublishedBundle, batch: Batch, number: int, placement: Placement) -> PublishedBundle:
    """The bundle with the picture and the words that the page of a number shows."""
    variant = variant_shown(bundle, batch, number, placement)
    return bundle if variant is None else bundle.as_variant(variant)
