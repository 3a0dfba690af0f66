"""The till: print or show the code of a receipt, use a discount code, take goods back."""

from omni.web.till import asking, choosing, handing_out, returning, spending
from omni.web.till.counter import pages

__all__ = ["asking", "choosing", "handing_out", "pages", "returning", "spending"]
