"""Where campaigns are watched and steered: the figures, and their life in each market."""

from omni.web.studio import campaigns, evidence, figures, live, messages, printing, receipts, repricing
from omni.web.studio.desk import pages

__all__ = [
    "campaigns",
    "evidence",
    "figures",
    "live",
    "messages",
    "pages",
    "printing",
    "receipts",
    "repricing",
]
