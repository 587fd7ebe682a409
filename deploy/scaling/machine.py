"""What a measurement was made on."""

import os
import platform
import sqlite3
from collections.abc import Mapping

from gateway.store.sql_store import SqlStore


def machine(stores: Mapping[str, SqlStore]) -> dict[str, str]:
    """Cores, memory and versions, and how busy the machine is with everything that runs there."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    told = {
        "machine": f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}",
        "load average over 15 minutes, of all that ran there": f"{os.getloadavg()[2]:.1f}",
        "Python": platform.python_version(),
    }
    for name, store in stores.items():
        with store.transactions.reading() as db:
            version = db.driver_rows("SHOW server_version", ())[0][0] if db.postgresql else sqlite3.sqlite_version
        told[name] = str(version)
    return told
