"""A disk without room: the page is served, what is not counted is known, and counting goes on by itself."""

from __future__ import annotations

import json
import subprocess
import sys

from sqlmodel import select

from omni.app import Installation
from omni.domain.counting import Scan, SpoolDamage
from tests.support.codes import a_batch, code_of
from tests.support.journeys import fold
from tests.support.serving import environment

SERVER = """
import json, resource, sys
from pathlib import Path
from omni.settings import read_settings
from tests.support.serving import at_the_festival

client = at_the_festival().test_client()
told = {"statuses": [], "lost": []}

def look() -> None:
    told["statuses"].append(client.get(f"/c/{sys.argv[1]}").status_code)
    metrics = client.get("/metrics").text.splitlines()
    told["lost"] += [int(line.split()[1]) for line in metrics if line.startswith("omni_scans_lost_total ")]

look()
(spool,) = read_settings().data_dir.glob("spool/*/*.spool")
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (spool.stat().st_size + 40, most))
look()
look()
look()
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
look()
print(json.dumps(told))
"""


def test_a_full_disk_costs_counts_and_no_page_and_counting_goes_on_when_there_is_room(
    installation: Installation,
) -> None:
    batch = a_batch(installation)
    settings = installation.settings
    told = subprocess.run(
        [sys.executable, "-c", SERVER, code_of(installation, batch)],
        env=environment(
            OMNI_DATA_DIR=str(settings.data_dir),
            OMNI_DATABASE_URL=settings.database_url,
            OMNI_BASE_URL=settings.base_url,
            OMNI_SECRET_KEY=settings.secret_key,
            OMNI_CODE_KEYS=settings.code_keys,
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"statuses": [200] * 5, "lost": [0, 1, 2, 3, 3]}
    assert told.stderr.count("scans are being lost") == 1
    fold(installation)
    with installation.db.reading() as session:
        assert len(session.exec(select(Scan)).all()) == 2
        assert [damage.reason for damage in session.exec(select(SpoolDamage))] == ["garbled"]
