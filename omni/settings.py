"""Every setting in one table, read from the environment into one frozen value.

`OMNI_X_FILE` names a file that holds the value of `OMNI_X`, so that secrets need not stand in the
environment. No secret has a default.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Setting:
    """One setting: its name after `OMNI_`, its default, and what it is for."""

    name: str
    default: str
    help: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"OMNI_{self.name}"


SETTINGS = (
    Setting("DATA_DIR", "var", "Folder of the embedded database, the spool and the keys."),
    Setting(
        "DATABASE_URL",
        "",
        "Such as `postgresql+psycopg://user@host/omni`. Empty: SQLite in the data folder.",
    ),
    Setting(
        "BASE_URL",
        "http://127.0.0.1:8000",
        "Scheme and host printed in codes, unless the market has its own host. Without a public https"
        " address the installation is a sandbox: everything works, every print carries TEST.",
    ),
    Setting(
        "OLD_HOSTS", "", "Addresses printed in earlier years that must answer for ever, separated by commas."
    ),
    Setting("SECRET_KEY", "", "Signs the sign-in of staff and marketers. Empty: the one in the data folder."),
    Setting(
        "CODE_KEYS",
        "",
        "Keys that seal codes, `1:secret,2:secret`, the last is current. Empty: the data folder's.",
    ),
    Setting("REDIS_URL", "", "Shares rate limits between machines. Empty: each process counts its own."),
    Setting("TRUSTED_PROXIES", "0", "How many proxies stand in front and may say where a request came from."),
    Setting("LOG_FORMAT", "text", "`text` for people, `json` for machines."),
    Setting(
        "MARKETS_DIR",
        "",
        "Folder of market files, such as `fr.toml`, that replace or join the shipped ones. Empty: none.",
    ),
    Setting(
        "RULES_DIR",
        "",
        "Folder of files of display rules that replace or join the shipped ones, rule by rule. Empty: none.",
    ),
    Setting(
        "TEMPLATES_DIR",
        "",
        "Folder of page templates that stand before the shipped ones; a folder in it named like a brand holds"
        " that brand's. Empty: none.",
    ),
    Setting(
        "WEBHOOK_PRIVATE_NETWORKS",
        "false",
        "`true` lets webhooks go to addresses of private networks and to plain http, for shops beside Omni.",
    ),
    Setting("APPLE_PASS_CERTIFICATE", "", "Certificate for Apple Wallet, in PEM. Empty: no passes are made."),
    Setting("APPLE_PASS_KEY", "", "The private key of that certificate, in PEM without a passphrase."),
    Setting("APPLE_PASS_WWDR", "", "Apple's intermediate certificate (WWDR) that issued it, in PEM."),
    Setting("APPLE_PASS_TYPE", "", "The identifier it was issued for, such as `pass.com.example.offers`."),
    Setting("APPLE_PASS_TEAM", "", "The ten letters of the Apple developer team."),
    Setting("GOOGLE_WALLET_ISSUER", "", "Number of the Google Wallet issuer. Empty: nothing is saved there."),
    Setting("GOOGLE_WALLET_KEY", "", "Key of the issuer's service account: the JSON that Google gives."),
)

_TOGETHER = (
    ("APPLE_PASS_CERTIFICATE", "APPLE_PASS_KEY", "APPLE_PASS_WWDR", "APPLE_PASS_TYPE", "APPLE_PASS_TEAM"),
    ("GOOGLE_WALLET_ISSUER", "GOOGLE_WALLET_KEY"),
)


_PRINTABLE_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.IGNORECASE)
_TOP_LEVEL = re.compile(r"[a-z]{2,}|xn--[a-z0-9-]+")
_NEVER_PUBLIC = (".local", ".localhost", ".test", ".internal", ".invalid", ".home.arpa", ".lan")


class BadSetting(Exception):
    """A setting cannot be used; the message is one line that names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """What one process runs with. Secrets never show in its repr."""

    data_dir: Path = Path("var")
    database_url: str = field(default="", repr=False)
    base_url: str = "http://127.0.0.1:8000"
    old_hosts: tuple[str, ...] = ()
    secret_key: str = field(default="", repr=False)
    code_keys: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    trusted_proxies: int = 0
    log_format: str = "text"
    markets_dir: Path | None = None
    rules_dir: Path | None = None
    templates_dir: Path | None = None
    webhook_private_networks: bool = False
    apple_pass_certificate: str = field(default="", repr=False)
    apple_pass_key: str = field(default="", repr=False)
    apple_pass_wwdr: str = field(default="", repr=False)
    apple_pass_type: str = ""
    apple_pass_team: str = ""
    google_wallet_issuer: str = ""
    google_wallet_key: str = field(default="", repr=False)

    @property
    def database(self) -> str:
        """The address of the database, the embedded one when none was given."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'omni.db').absolute()}"

    @property
    def is_sandbox(self) -> bool:
        """Whether this installation has no public https address: what it prints must never be real paper."""
        return not is_public_https(self.base_url)

    def host_for(self, market_host: str | None) -> str:
        """The scheme and host printed for a market: its own, else the installation's; frozen on a batch."""
        return f"https://{market_host}" if market_host else self.base_url


def is_public_https(base_url: str) -> bool:
    """Whether an address is https and its host could be reached by anybody's phone."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme != "https" or host.endswith(_NEVER_PUBLIC):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        # Old forms of an address, such as 127.1, have no top-level name either.
        _, dot, top_level = host.rpartition(".")
        return bool(dot and _TOP_LEVEL.fullmatch(top_level))


def read_settings(environment: Mapping[str, str] = os.environ, *, data_dir: Path | None = None) -> Settings:
    """The settings of this process. Raises BadSetting with one line that says what to mend."""
    values = {setting.name: _value(environment, setting) for setting in SETTINGS}
    if not re.fullmatch(r"[0-9]{1,2}", values["TRUSTED_PROXIES"]):
        raise BadSetting("OMNI_TRUSTED_PROXIES must be a whole number such as 1")
    if values["LOG_FORMAT"] not in ("text", "json"):
        raise BadSetting("OMNI_LOG_FORMAT must be text or json")
    if values["WEBHOOK_PRIVATE_NETWORKS"] not in ("true", "false"):
        raise BadSetting("OMNI_WEBHOOK_PRIVATE_NETWORKS must be true or false")
    for names in _TOGETHER:
        _all_or_none(values, names)
    return Settings(
        data_dir=data_dir or Path(values["DATA_DIR"]),
        database_url=values["DATABASE_URL"],
        base_url=_base_url(values["BASE_URL"]),
        old_hosts=tuple(host.strip() for host in values["OLD_HOSTS"].split(",") if host.strip()),
        secret_key=values["SECRET_KEY"],
        code_keys=values["CODE_KEYS"],
        redis_url=values["REDIS_URL"],
        trusted_proxies=int(values["TRUSTED_PROXIES"]),
        log_format=values["LOG_FORMAT"],
        markets_dir=markets_dir(environment),
        rules_dir=Path(values["RULES_DIR"]) if values["RULES_DIR"] else None,
        templates_dir=Path(values["TEMPLATES_DIR"]) if values["TEMPLATES_DIR"] else None,
        webhook_private_networks=values["WEBHOOK_PRIVATE_NETWORKS"] == "true",
        **{name.lower(): values[name] for names in _TOGETHER for name in names},
    )


def _all_or_none(values: Mapping[str, str], names: tuple[str, ...]) -> None:
    missing = [f"OMNI_{name}" for name in names if not values[name]]
    if 0 < len(missing) < len(names):
        given = next(f"OMNI_{name}" for name in names if values[name])
        raise BadSetting(f"{', '.join(missing)}: missing beside {given}; set all of them or none")


def markets_dir(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the company's own market files; asked apart by those who only name a market.

    Raises BadSetting.
    """
    setting = next(setting for setting in SETTINGS if setting.name == "MARKETS_DIR")
    folder = _value(environment, setting)
    return Path(folder) if folder else None


def shop_token(slug: str, environment: Mapping[str, str] = os.environ) -> str:
    """What opens a shop's admin API, where the environment says it: OMNI_SHOP_<NAME>_TOKEN; else empty.

    Raises BadSetting.
    """
    name = f"SHOP_{slug.upper().replace('-', '_')}_TOKEN"
    return _value(environment, Setting(name, "", "The token of a connected shop's admin API."))


def _value(environment: Mapping[str, str], setting: Setting) -> str:
    file = environment.get(f"{setting.variable}_FILE")
    if not file:
        return environment.get(setting.variable) or setting.default
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as failure:
        raise BadSetting(f"{setting.variable}_FILE: {file} cannot be read ({failure.strerror})") from failure
    except UnicodeDecodeError as failure:
        raise BadSetting(f"{setting.variable}_FILE: {file} is not a text in UTF-8") from failure


def _base_url(text: str) -> str:
    scheme, slashes, host = text.rstrip("/").partition("://")
    if scheme.lower() not in ("http", "https") or not slashes or not host or re.search(r"[/?#@]", host):
        raise BadSetting(
            "OMNI_BASE_URL must be a scheme and host without a path, such as https://go.example.com"
        )
    if not _PRINTABLE_HOST.fullmatch(host):
        raise BadSetting(
            "OMNI_BASE_URL: a printed host has only letters, digits, dots and hyphens (punycode if need be)"
        )
    return f"{scheme}://{host}".lower()
