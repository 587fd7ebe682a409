"""What can be seen of the running partnership from outside: the gateway's metrics, the connectors' logs, the agencies' own folders."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from deploy.demo.caseloads import Office, Truth
from deploy.demo.failure import DemoFailure
from deploy.demo.places import Places

METRIC = re.compile(
    r'^patchwork_(register_entries|alerts|queue_depth)\{[a-z]+="([a-z_-]+)"\} ([0-9.e+]+)$', re.MULTILINE
)
SETTLED_ROUNDS = 4
WAITING = ("queue_depth:intake", "queue_depth:inbox", "alerts:pending", "alerts:sent", "register_entries:replies")


@dataclass(frozen=True, slots=True)
class Sight:
    """One look. `alerts` counts what lies in each agency's folder; `moving` is what is still on its way."""

    counts: dict[str, int]
    alerts: dict[Office, int]
    published: frozenset[Office]

    @property
    def moving(self) -> int:
        """How many things wait somewhere in the gateway."""
        return sum(self.counts.get(name, 0) for name in WAITING)

    def outcome(self) -> Truth:
        """What has come of it so far, counted where it happened."""
        accepted, refused = (
            self.counts.get("register_entries:notices", 0),
            self.counts.get("register_entries:refused", 0),
        )
        people = self.counts.get("register_entries:people", 0)
        connections = self.counts.get("register_entries:connections", 0)
        return Truth(accepted + refused, people, connections, sum(self.alerts.values()), refused)


@dataclass(frozen=True, slots=True)
class Observer:
    """Looks, and waits until nothing moves any more."""

    places: Places
    internal_port: int

    def look(self) -> Sight:
        """How things stand. Counts are empty while the gateway does not answer yet."""
        alerts = {office: sum(1 for _ in self._alert_files(office)) for office in Office}
        return Sight(self._counts(), alerts, frozenset(office for office in Office if self._has_published(office)))

    def ready(self) -> bool:
        """Whether the gateway serves."""
        return self._get("/readyz") is not None

    def until_ready(self, check: Callable[[], None], seconds: float = 90) -> None:
        """Wait for the gateway. Raises `DemoFailure`."""
        end = time.monotonic() + seconds
        while not self.ready():
            check()
            if time.monotonic() > end:
                raise DemoFailure(
                    f"the gateway was not ready after {seconds:.0f} seconds (its log: {self.places.log('gateway')})"
                )
            time.sleep(0.2)

    def until_still(self, show: Callable[[Sight], None], check: Callable[[], None], seconds: float = 300) -> Sight:
        """Wait until every agency has published and nothing has moved for some rounds. Raises `DemoFailure`."""
        end, still, last = time.monotonic() + seconds, 0, None
        while still < SETTLED_ROUNDS:
            check()
            sight = self.look()
            show(sight)
            quiet = len(sight.published) == len(Office) and sight.moving == 0 and bool(sight.counts)
            still = still + 1 if quiet and last is not None and sight.outcome() == last.outcome() else 0
            last = sight
            if time.monotonic() > end:
                raise DemoFailure(
                    f"things were still moving after {seconds:.0f} seconds (the logs: {self.places.root / 'logs'})"
                )
            time.sleep(0.6)
        if last is None:
            raise DemoFailure("nothing was seen of the gateway")
        return last

    def sentence(self, office: Office) -> str:
        """An alert as that agency's staff read it, the first by its content."""
        texts = sorted(
            path.read_text(encoding="utf-8")
            for path in self.places.alerts(office).glob("*.txt")
            if path.stem != "worklist"
        )
        return next((text for text in texts if "Maya" in text), texts[0] if texts else "")

    def _alert_files(self, office: Office) -> list[str]:
        return [path.name for path in self.places.alerts(office).glob("*.json") if path.stem != "worklist"]

    def _has_published(self, office: Office) -> bool:
        log = self.places.log(office.value)
        if not log.exists():
            return False
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                if json.loads(line).get("event") == "published":
                    return True
            except (ValueError, AttributeError):
                continue
        return False

    def _counts(self) -> dict[str, int]:
        text = self._get("/metrics")
        return {f"{family}:{name}": int(float(value)) for family, name, value in METRIC.findall(text or "")}

    def _get(self, path: str) -> str | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.internal_port}{path}", timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, OSError):
            return None
