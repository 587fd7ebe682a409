"""Handing a signed change in from the command line, with what is to follow once it is carried out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.app import build_certifying, build_leaving, build_sweep, open_register
from gateway.broker.keeper import broker_keeper
from gateway.cli.printing import print_result
from gateway.cli.signing import Signers, co_sign_at_terminal, sign_at_terminal
from gateway.model.connector import Connector
from gateway.model.proposal import Proposal
from gateway.ports import StoreDown
from gateway.running.late_store import LateStore
from gateway.settings import Settings
from gateway.store.faults import StoreRefused
from gateway.trust.operators import Office
from gateway.trust.proposals import HandedIn, approve, hand_in
from gateway.trust.signed_change import SignedChange
from identity.agency.faults import KeyFault


def carry_out(
    office: Office, settings: Settings, signers: Signers, change: tuple[str, Mapping[str, Any]]
) -> tuple[HandedIn, dict[str, Any]]:
    """Sign and hand in; where it takes two and the second person is here, they sign next. Returns what became of it, and
    what followed (`after_commit`). Raises `Refused`, `KeyFault`."""
    signed = sign_at_terminal(office, settings, signers.key, signers.passphrase_file, change)
    return carry_on(office, settings, signers, signed)


def carry_on(
    office: Office, settings: Settings, signers: Signers, signed: SignedChange
) -> tuple[HandedIn, dict[str, Any]]:
    """The same for what was signed elsewhere."""
    handed = hand_in(office, signed)
    if handed.proposal is not None and signers.second_key is not None:
        return approve_at_terminal(
            office, settings, handed.proposal, signers.second_key, signers.second_passphrase_file
        )
    return handed, after_commit(settings, office, handed) if handed.done else {}


def approve_at_terminal(
    office: Office, settings: Settings, proposal: Proposal, key_file: Path, passphrase_file: Path | None
) -> tuple[HandedIn, dict[str, Any]]:
    """Sign the very bytes of a proposal, and so carry it out. Raises `Refused`, `KeyFault`."""
    second = co_sign_at_terminal(key_file, passphrase_file, proposal.statement)
    handed = approve(office, proposal.id, second)
    return handed, after_commit(settings, office, handed)


def after_commit(settings: Settings, office: Office, handed: HandedIn) -> dict[str, Any]:
    """What follows from a change that was carried out: the broker is told first, so that who was stopped is stopped at
    once; then the trial side, where there is one, keeps up; then everybody is looked at again. Returns what to tell of
    it. Raises `ChannelDown` where the broker could not be told; the change stands. Where the trial side is away the
    running gateway does the rest."""
    followed: dict[str, Any] = {}
    if handed.executor.moves_connectors and isinstance(handed.result, Connector):
        keeper = broker_keeper(settings, office.store, office.clock)
        if keeper is not None:
            keeper.after_change(handed.result)
    if handed.executor.moves_connectors:
        build_certifying(settings, office.store, office.clock)()
    if handed.executor.sweeps:
        followed["alerts"] = build_sweep(settings, office.store, office.clock).run()
    if handed.executor.moves_connectors or handed.executor.sweeps:
        followed |= _on_trial_side(settings, office, sweeping=handed.executor.sweeps)
    return followed


def _on_trial_side(settings: Settings, office: Office, *, sweeping: bool) -> dict[str, Any]:
    if not settings.has_trial_side:
        return {}
    side = settings.sides[1]
    store = LateStore(lambda: open_register(side, office.store))
    try:
        alerts = build_leaving(side, store, office.clock).run()
        return {"trial_alerts": alerts + (build_sweep(side, store, office.clock).run() if sweeping else 0)}
    except (StoreDown, StoreRefused, KeyFault) as problem:
        return {
            "trial_problem": f"The trial side has not followed yet ({problem}); the running gateway sees to it when it is there."
        }
    finally:
        store.close()


def print_waiting(as_json: bool, proposal: Proposal, trial: bool = False) -> None:
    """Say which proposal waits, until when, and what the second person types."""
    on_trial = " --trial" if trial else ""
    until = proposal.expires_at.isoformat(timespec="seconds")
    document = {"proposal": {"id": proposal.id, "action": proposal.action, "expires_at": until}}
    text = (
        f"Signed, and waiting for a second person until {until}: proposal {proposal.id}.\n"
        f"They look at it with    patchwork proposal show {proposal.id}{on_trial}\n"
        f"and approve it with     patchwork proposal approve {proposal.id}{on_trial} --key THEIR-KEY-FILE"
    )
    print_result(as_json, document, text)
