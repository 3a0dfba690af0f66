"""Start the example shop."""

from __future__ import annotations

import click

from omni.client import Omni
from omni.demo.shop.pages import create_shop


@click.command("python -m omni.demo.shop")
@click.option("--omni", "address", required=True, help="Where Omni answers, such as http://127.0.0.1:8000.")
@click.option("--key", required=True, help="A key made by: omni keys add webshop --scopes shop")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8100, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option(
    "--https", "is_https", is_flag=True, help="With a certificate of the moment, as a link needs it."
)
def run(address: str, key: str, host: str, port: int, *, is_https: bool) -> None:
    """Serve the example shop until it is stopped."""
    # Two short tries: somebody stands at the checkout.
    shop = create_shop(Omni(address, key, timeout=3, tries=2, patience=1))
    click.echo(f"The example shop is at http{'s' * is_https}://{host}:{port}/, asking {address}")
    shop.run(host=host, port=port, threaded=True, ssl_context="adhoc" if is_https else None)


run()
