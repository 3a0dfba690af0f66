"""The till: print or show the code of a receipt, use a discount code, take goods back."""

from omni.web.till import (
    asking,
    checking,
    choosing,
    handing_out,
    purchase_back,
    returning,
    spending,
    taking_down,
)
from omni.web.till.counter import pages

__all__ = [
    "asking",
    "checking",
    "choosing",
    "handing_out",
    "pages",
    "purchase_back",
    "returning",
    "spending",
    "taking_down",
]
