"""Which receipt earns which bundle: rules read top to bottom, the first that fits decides."""

from pydantic import BaseModel, ConfigDict


class ReceiptRule(BaseModel):
    """One rule: what a receipt must show, and the bundle it then earns; None earns nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gives: str | None = None
