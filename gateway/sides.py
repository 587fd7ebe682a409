"""The two sides of a gateway share nothing that would let one meet the other: what can only be seen in the secrets themselves is looked at
here, at the start and by `patchwork check`. That their databases differ is seen by whoever opens them (`gateway.store.sql_store`)."""

from gateway.keys.secrets_on_disk import load_secret
from gateway.refused import Refused
from gateway.settings import Settings
from identity.agency.trust import Status

NO_TRIAL_HERE = (
    "This gateway is live and has no trial side, so the connector can go through no trial here: set trial_database_url, "
    "trial_data_key_file and trial_pepper_file (patchwork gateway add-trial-side does all of it), or let the connector go live at once: "
    "patchwork connector go-live"
)


def where_it_waits(settings: Settings, status: Status) -> str:
    """What to say of a connector that was approved where it can go through no trial; empty where it can."""
    return "" if any(side.side.hears(status) for side in settings.sides) else NO_TRIAL_HERE


def check_apart(settings: Settings) -> None:
    """Raises `Refused` where a data key or pepper serves both sides, `KeyFault` where one cannot be read."""
    held = [{load_secret(side.data_key_file), load_secret(side.pepper_file)} for side in settings.sides]
    if len(held) > 1 and held[0] & held[1]:
        raise Refused(
            "a data key or pepper of the trial side is also one of the live side; each must be a random one of its own, so that nothing "
            "of a trial can equal anything live. Make new ones for the side that holds nothing yet"
        )
