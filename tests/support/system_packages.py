"""Install what the tests need from the operating system, and only what is missing.

Runs before the tests, with nothing but the standard library. As root on Debian the packages are installed;
otherwise they are named, and the tests that need them are skipped by name. It never fails the run: without a
network and with everything in place it does nothing at all.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path

FONT_FOLDERS = (Path("/usr/share/fonts"), Path.home() / ".local/share/fonts", Path.home() / ".fonts")


def has_font(pattern: str) -> bool:
    """Whether a font file of that name is where fonts are kept."""
    return any(next(folder.rglob(pattern), None) for folder in FONT_FOLDERS if folder.is_dir())


def has_chromium() -> bool:
    """Whether some Chromium is on the path."""
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


NEEDS: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("chromium", has_chromium),
    ("libzbar0", lambda: find_library("zbar") is not None),
    ("fonts-noto-core", lambda: has_font("NotoSansArabic*")),
    ("fonts-noto-cjk", lambda: has_font("NotoSansCJK*")),
)


def missing() -> list[str]:
    """The Debian packages whose part is not here."""
    return [package for package, is_here in NEEDS if not is_here()]


def install(packages: list[str]) -> bool:
    """Have apt install them; False when it cannot."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    steps = ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *packages])
    return all(subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL).returncode == 0 for step in steps)


def main() -> None:
    """Install what is missing, or say what to install."""
    packages = missing()
    if not packages:
        return
    named = " ".join(packages)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing for the tests: {named}", flush=True)
        if install(packages) and not missing():
            return
    print(f"Not here, so some tests will be skipped: {named}", file=sys.stderr)
    print(f"On Debian, as root: apt-get install {named}", file=sys.stderr)


if __name__ == "__main__":
    main()
