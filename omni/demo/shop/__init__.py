"""An example web shop, to read and to try: cart, voucher field, checkout, returns.

    omni keys add webshop --scopes shop
    python -m omni.demo.shop --omni http://127.0.0.1:8000 --key omni_live_... --https

It sells the demo campaign's items and speaks to Omni through `omni.client` alone. `vouchers.py` is the part
to copy; everything else is a shop as small as can be. It keeps its orders in memory and takes no money.

To be led here from a shopper's page, with the basket filled, say in the campaign file where the shop is:

    shop: https://127.0.0.1:8100/cart?{items}&discount={voucher}&lang={locale}&ref={placement}
"""
