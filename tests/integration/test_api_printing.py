"""A code in the language of a printer, by the API: for the one that was named, or refused with a reason."""

from __future__ import annotations

from tests.support.machines import Machine


def links(shop: Machine) -> dict[str, str]:
    """Where the code of a receipt can be fetched, below the API's own address."""
    told = shop.post("/receipts", {"placement": "fr-paris-till-1", "receipt_no": "1"}).json["links"]
    return {form: address.partition("/api/v1")[2] for form, address in told.items()}


def test_a_label_is_as_large_and_as_fine_as_asked(shop: Machine) -> None:
    zpl = links(shop)["zpl"]
    assert shop.get(zpl).data.startswith(b"^XA^CI28^PW456^LL256")
    assert shop.get(f"{zpl}?width=80&height=50&dpi=300").data.startswith(b"^XA^CI28^PW960^LL600")


def test_a_slip_is_for_the_printer_that_was_named(shop: Machine) -> None:
    escpos = links(shop)["escpos"]
    assert b"\x1d(k" in shop.get(escpos).data
    assert b"\x1d(k" not in shop.get(f"{escpos}?profile=58mm-raster").data
    assert b"\x1dV" not in shop.get(f"{escpos}?profile=58mm-raster").data


def test_what_no_printer_can_do_is_told_of_the_field_that_would_mend_it(shop: Machine) -> None:
    addresses = links(shop)
    for form, query, field in (
        ("escpos", "width=57", "width"),
        ("escpos", "profile=81mm", "profile"),
        ("escpos", "profile=zpl-203", "profile"),
        ("zpl", "width=20&height=20", "width"),
        ("zpl", "width=109", "width"),
        ("zpl", "dpi=204", "dpi"),
        ("zpl", "height=x", "height"),
    ):
        refused = shop.get(f"{addresses[form]}?{query}")
        assert refused.status_code == 422, refused.data
        assert [error["field"] for error in refused.json["errors"]] == [field]
