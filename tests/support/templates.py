"""Templates compiled once for all tests: hundreds of applications are built, and all read the same pages."""

import os
from pathlib import Path
from tempfile import gettempdir

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache


def pytest_configure(config: pytest.Config) -> None:
    """Let every application of this run share what Jinja compiled; a changed template is compiled anew."""
    folder = Path(gettempdir()) / f"omni-templates-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(folder))}
