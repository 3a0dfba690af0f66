"""The doctor: looks at everything an installation needs, and says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

import click

from omni.cli import reaching as outside
from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.setting_up import recovery_sheet_file
from omni.present import apple_pass, google_pass
from omni.present.slip import PrintUnavailable
from omni.present.typesetting import check_letters
from omni.services import examining, reaching, watching
from omni.settings import is_public_https

_CLOCKS_APART = timedelta(seconds=5)
_CERTIFICATE_DAYS = 14
_LONG_WAIT_SECONDS = 60.0
_RENEW = "renew OMNI_APPLE_PASS_CERTIFICATE, or OMNI_APPLE_PASS_WWDR"


class Standing(StrEnum):
    """How something stands: well, worth knowing, or to be mended."""

    OK = "ok"
    NOTE = "note"
    MEND = "mend"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, how it stands, and what there is to do."""

    what: str
    standing: Standing
    told: str


@example("omni doctor", "omni doctor --reach", "omni doctor --json")
@click.command()
@click.option("--reach", is_flag=True, help="Also open a code of your own at every printed address.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def doctor(desk: Desk, *, reach: bool, as_json: bool) -> None:
    """Say what is wrong, and how to mend it. Exit code 1 when something is."""
    found = []
    for finding in findings(desk, is_reaching=reach):
        found.append(finding)
        if not as_json:
            click.echo(f"{finding.standing.value:5} {finding.what:15} {finding.told}")
    if as_json:
        saying.document([asdict(finding) for finding in found])
    if wrong := [finding.what for finding in found if finding.standing is Standing.MEND]:
        raise saying.NothingDone(f"to mend: {', '.join(dict.fromkeys(wrong))}")


def findings(desk: Desk, *, is_reaching: bool) -> Iterator[Finding]:
    """Everything that is looked at, as far as one can look: nothing is asked of what does not work."""
    settings = _tried(desk, "settings", lambda: f"read; printed address {desk.settings.base_url}")
    yield settings
    if settings.standing is Standing.MEND:
        return
    yield from _on_this_machine(desk)
    database = _database(desk)
    yield database
    keys = _tried(desk, "code keys", lambda: _keys(desk))
    if keys.standing is Standing.OK and database.standing is Standing.OK:
        # Whether they are the keys of this database is known only once everything is open.
        keys = _tried(desk, "code keys", lambda: _keys_that_fit(desk))
    yield keys
    if Standing.MEND not in (database.standing, keys.standing):
        yield _clock(desk)
        yield _waiting(desk)
        yield _lost(desk)
        yield from _addresses(desk, is_reaching=is_reaching)


def _tried(desk: Desk, what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, Standing.OK, look())
    except desk.composer.amiss as problem:
        return Finding(what, Standing.MEND, str(problem))


def _on_this_machine(desk: Desk) -> Iterator[Finding]:
    settings = desk.settings
    folder = settings.data_dir

    def written() -> str:
        desk.composer.make_folder(settings)
        return str(folder.absolute())

    def signed() -> str:
        desk.composer.signing_secret(settings)
        return "there"

    def dressed() -> str:
        desk.composer.check_templates(settings)
        return str(settings.templates_dir.absolute()) if settings.templates_dir else "ours"

    yield _tried(desk, "data folder", written)
    yield _tried(desk, "templates", dressed)
    yield _tried(desk, "sign-in secret", signed)
    yield _sheet(desk)
    yield _fonts()
    yield from _wallets(desk)


def _sheet(desk: Desk) -> Finding:
    sheet = recovery_sheet_file(desk)
    if sheet.exists():
        return Finding("recovery sheet", Standing.MEND, f"{sheet}: print it, lock it away, delete the file")
    return Finding("recovery sheet", Standing.OK, "not on this disk")


def _fonts() -> Finding:
    try:
        check_letters("")
    except PrintUnavailable as missing:
        return Finding("print", Standing.NOTE, f"no PDF can be made: {missing}")
    return Finding("print", Standing.OK, "typst and its fonts are there")


def _wallets(desk: Desk) -> Iterator[Finding]:
    """The wallets that passes are made for; nothing is said of one that nobody set up."""
    settings = desk.settings

    def saved() -> str:
        account = google_pass.account_of(settings)
        return f"offers of issuer {account.issuer}" if account else ""

    if settings.apple_pass_certificate:
        yield _apple(desk)
    if settings.google_wallet_key:
        yield _tried(desk, "Google Wallet", saved)


def _apple(desk: Desk) -> Finding:
    what, now = "Apple Wallet", desk.now()
    try:
        signer = apple_pass.signer_of(desk.settings)
    except desk.composer.amiss as problem:
        return Finding(what, Standing.MEND, str(problem))
    if signer is None or not signer.is_good(now):
        told = f"a certificate has ended or not begun, so no passes are made: {_RENEW}"
        return Finding(what, Standing.MEND, told)
    told = f"certificates good for {(signer.ends_at - now).days} days"
    if signer.ends_at - now < timedelta(days=_CERTIFICATE_DAYS):
        return Finding(what, Standing.MEND, f"{told}: {_RENEW}")
    return Finding(what, Standing.OK, f"passes of {signer.type_id}; {told}")


def _database(desk: Desk) -> Finding:
    try:
        current, newest = desk.composer.schema_standing(desk.settings)
    except desk.composer.amiss as problem:
        return Finding("database", Standing.MEND, str(problem))
    if current == newest:
        return Finding("database", Standing.OK, f"answers, schema {newest}")
    told = (
        f"schema {current} is older than {newest}: run `omni db upgrade`"
        if current
        else "empty: run `omni init`"
    )
    return Finding("database", Standing.MEND, told)


def _keys(desk: Desk) -> str:
    held = desk.composer.keyring(desk.settings).fingerprints().items()
    return ", ".join(f"{key} ({fingerprint})" for key, fingerprint in held)


def _keys_that_fit(desk: Desk) -> str:
    _ = desk.place
    return f"{_keys(desk)}, as this database knows them"


def _clock(desk: Desk) -> Finding:
    with desk.place.db.reading() as session:
        theirs, newest = examining.database_time(session), examining.newest_fact_at(session)
    now = desk.now()
    if theirs is not None and abs(now - theirs) > _CLOCKS_APART:
        apart = f"{abs(now - theirs).total_seconds():.0f} s {'ahead of' if now > theirs else 'behind'}"
        return Finding("clock", Standing.MEND, f"{apart} the database's: let both follow NTP")
    if newest is not None and newest > now + _CLOCKS_APART:
        told = f"behind a fact of {newest:%Y-%m-%d %H:%M:%S} UTC: set it right, or find out whose was wrong"
        return Finding("clock", Standing.MEND, told)
    return Finding("clock", Standing.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _waiting(desk: Desk) -> Finding:
    with desk.place.db.reading() as session:
        waits = watching.backlog(session, desk.settings.data_dir / "spool")
    if not waits.messages and not waits.spool_bytes:
        return Finding("counting", Standing.OK, "nothing waits")
    told = f"{waits.messages:,} facts and {waits.spool_bytes:,} bytes of scans wait"
    seconds = max(waits.scans_wait_seconds(desk.now()), waits.messages_wait_seconds(desk.now()))
    if seconds > _LONG_WAIT_SECONDS:
        told = f"{told}, the oldest for {seconds / 60:,.0f} minutes, so no worker runs or it is behind"
    return Finding("counting", Standing.NOTE, f"{told}: `omni worker --once` counts them")


def _lost(desk: Desk) -> Finding:
    with desk.place.db.reading() as session:
        lost = examining.lost_pieces(session)
    if not lost:
        return Finding("scans", Standing.OK, "none was lost")
    told = (
        f"{lost:,} pieces could not be read and are not counted: check the disk of {desk.settings.data_dir}"
    )
    return Finding("scans", Standing.NOTE, told)


def _addresses(desk: Desk, *, is_reaching: bool) -> Iterator[Finding]:
    printed = outside.printed_hosts(desk, desk.place.catalogue.fresh().markets)
    old = outside.old_hosts(desk)
    if not printed:
        yield Finding(
            "printed address", Standing.NOTE, "no campaign prints one yet: omni new, then omni import"
        )
    elif is_reaching:
        yield from (_reached(desk, done) for done in outside.reach(desk, [*printed, *old]))
    else:
        yield from (_remembered(desk, host) for host in printed)
        yield from (
            Finding("old address", Standing.NOTE, f"{host}: `omni doctor --reach` opens it") for host in old
        )


def _remembered(desk: Desk, host: str) -> Finding:
    if not is_public_https(host):
        told = f"{host}: a sandbox, all paper carries TEST; set OMNI_BASE_URL to a public https address"
        return Finding("printed address", Standing.NOTE, told)
    with desk.place.db.reading() as session:
        if reaching.is_reached(session, host):
            return Finding("printed address", Standing.OK, f"{host}: was opened from outside")
    return Finding(
        "printed address", Standing.MEND, f"{host}: never opened from outside; run `omni doctor --reach`"
    )


def _reached(desk: Desk, done: outside.Reach) -> Finding:
    what = "old address" if done.host in outside.old_hosts(desk) else "printed address"
    if done.remedy is not None:
        return Finding(what, Standing.MEND, f"{done.host}: {done.remedy}")
    if done.certificate_ends_at is None:
        return Finding(what, Standing.OK, f"{done.host}: opened a code of its own")
    days = (done.certificate_ends_at - desk.now()).days
    if days < _CERTIFICATE_DAYS:
        told = f"{done.host}: opened a code of its own, but its certificate ends in {days} days: renew it"
        return Finding(what, Standing.MEND, told)
    return Finding(
        what, Standing.OK, f"{done.host}: opened a code of its own; certificate good for {days} days"
    )


COMMANDS = (doctor,)
