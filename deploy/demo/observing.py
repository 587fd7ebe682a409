"""What can be seen of the running partnership from outside: the gateway's metrics, the connectors' logs, the agencies' own folders."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.caseloads import Office, Truth
from deploy.demo.failure import DemoFailure
from deploy.demo.places import Places

# Of the demo's one side, which the label says too.
METRIC = re.compile(
    r'^patchwork_(register_entries|alerts)\{(?:side="[a-z]+",)?(?:kind|status)="([a-z_-]+)"(?:,side="[a-z]+")?\} ([0-9.e+]+)$',
    re.MULTILINE,
)
LOOK_SECONDS = 0.25
ANSWERS = ("receipt, accepted", "receipt, refused")


@dataclass(frozen=True, slots=True)
class AgencySight:
    """One agency, by its connector's log and its folder: whether it read its records, notices it published, answers it got,
    and alerts that lie in its folder."""

    read: bool
    notices: int
    answered: int
    alerts: int


@dataclass(frozen=True, slots=True)
class Sight:
    """One look. `counts` are the gateway's own, empty while it does not answer; `newest` says what was told last, and by whom."""

    counts: dict[str, int]
    agencies: dict[Office, AgencySight]
    newest: tuple[tuple[Office, str], ...] = ()

    @property
    def on_their_way(self) -> int:
        """Alerts that the gateway owes somebody."""
        return self.counts.get("alerts:pending", 0) + self.counts.get("alerts:sent", 0)

    @property
    def still(self) -> bool:
        """Whether nothing is left to come: all that was published has been decided upon, and every alert lies where it belongs.

        A notice is decided upon in the same transaction that counts it, so this cannot be true between the two.
        """
        agencies = self.agencies.values()
        published = sum(agency.notices for agency in agencies)
        told = sum(agency.alerts for agency in agencies)
        return (
            all(agency.read for agency in agencies)
            and self.outcome().notices == published == sum(agency.answered for agency in agencies)
            and self.on_their_way == 0
            and told >= self.counts.get("alerts:settled", 0)
        )

    def outcome(self) -> Truth:
        """What has come of it so far, counted where it happened."""
        count = self.counts.get
        accepted, refused = count("register_entries:notices", 0), count("register_entries:refused", 0)
        people, connections = count("register_entries:people", 0), count("register_entries:connections", 0)
        told = sum(agency.alerts for agency in self.agencies.values())
        return Truth(accepted + refused, people, connections, told, refused)


@dataclass(frozen=True, slots=True)
class Observer:
    """Looks, and waits until nothing moves any more."""

    places: Places
    internal_port: int

    def look(self, newest: int = 0) -> Sight:
        """How things stand, with so many of the newest alerts. Logs first, folders last: what a log tells is counted by then."""
        logs = {office: list(self._log(office)) for office in Office}
        counts = self._counts()
        return Sight(counts, {office: self._agency(office, logs[office]) for office in Office}, self._newest(newest))

    def ready(self) -> bool:
        """Whether the gateway serves."""
        return self._get("/readyz") is not None

    def until_ready(self, check: Callable[[], None], seconds: float = 90) -> None:
        """Wait for the gateway. Raises `DemoFailure`."""
        end = time.monotonic() + seconds
        while not self.ready():
            check()
            if time.monotonic() > end:
                log = self.places.log("gateway")
                raise DemoFailure(f"the gateway was not ready after {seconds:.0f} seconds (its log: {log})")
            time.sleep(LOOK_SECONDS)

    def until_still(
        self, show: Callable[[Sight], None], check: Callable[[], None], newest: int = 0, seconds: float = 300
    ) -> Sight:
        """Wait until all that was published has been answered and told. Raises `DemoFailure`."""
        end = time.monotonic() + seconds
        while True:
            check()
            sight = self.look(newest)
            show(sight)
            if sight.still:
                return sight
            if time.monotonic() > end:
                logs = self.places.root / "logs"
                raise DemoFailure(f"things were still moving after {seconds:.0f} seconds (the logs: {logs})")
            time.sleep(LOOK_SECONDS)

    def sentence(self, office: Office, about: str) -> str:
        """The first alert that names `about`, as that agency's staff read it; empty where there is none."""
        texts = sorted(path.read_text(encoding="utf-8") for path in self._alerts(office, "txt"))
        return next((text for text in texts if about in text), "")

    def _agency(self, office: Office, log: list[dict[str, Any]]) -> AgencySight:
        read = [entry["changes"] for entry in log if entry.get("event") == "published"]
        notices = sum(number for changes in read for name, number in changes.items() if name.startswith("involvement-"))
        parcels = [entry["parcels"] for entry in log if entry.get("event") == "received"]
        answered = sum(each.get(answer, 0) for each in parcels for answer in ANSWERS)
        return AgencySight(bool(read), notices, answered, sum(1 for _ in self._alerts(office, "json")))

    def _newest(self, number: int) -> tuple[tuple[Office, str], ...]:
        """The latest alert of each of the agencies that were told last."""
        told = {office: list(self._alerts(office, "txt")) for office in Office} if number else {}
        last = {office: max(paths, key=_written_at) for office, paths in told.items() if paths}
        latest = sorted(last, key=lambda office: _written_at(last[office]), reverse=True)[:number]
        return tuple((office, _first_sentence(last[office])) for office in latest)

    def _alerts(self, office: Office, kind: str) -> Iterator[Path]:
        return (path for path in self.places.alerts(office).glob(f"[!.]*.{kind}") if path.stem != "worklist")

    def _log(self, office: Office) -> Iterator[dict[str, Any]]:
        log = self.places.log(office.value)
        if not log.exists():
            return
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:  # a line that is still being written
                continue
            if isinstance(entry, dict):
                yield entry

    def _counts(self) -> dict[str, int]:
        text = self._get("/metrics")
        return {f"{family}:{name}": int(float(value)) for family, name, value in METRIC.findall(text or "")}

    def _get(self, path: str) -> str | None:
        url = f"http://127.0.0.1:{self.internal_port}{path}"
        # A proxy that the environment names has no business with loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, OSError):
            return None


def _written_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _first_sentence(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if not line.startswith("For: "))
