"""The fixtures every test may ask for; each kind lives in its own file of tests/support."""

pytest_plugins = [
    "tests.support.network",
    "tests.support.proofs",
    "tests.support.world",
    "tests.support.postgres",
    "tests.support.databases",
    "tests.support.installations",
    "tests.support.outside",
    "tests.support.commands",
    "tests.support.machines",
    "tests.support.browser",
    "tests.support.shopper",
    "tests.support.compiling",
    "tests.support.remembering",
    "tests.support.server_logs",
    "tests.support.sharing",
    "tests.support.today",
    "tests.support.subscribers",
]
