"""Who may do what, as plain functions in pairs: `check_may_...` raises with the reason, its boolean twin answers.

* A role is held by enrolment alone; nothing is inferred from a name, an environment variable or the login of the
  machine.
* Onboarding and suspending are different jobs: whoever may widen trust need not be reachable at night, whoever may
  narrow it must be.
* What widens trust takes two people (`gateway.trust.proposals`): whoever may propose it, and another who may approve it.
* Sharing agreements and rules belong to the information governance lead, not to the people who run the system.
"""

from gateway.model.operator import Role
from gateway.refused import NotPermitted
from gateway.trust.actor import Actor


def check_may_observe(actor: Actor) -> None:
    """Read the register of agencies, connectors, agreements, operators and dead letters: anybody enrolled, or on the
    machine itself."""
    _check(actor, frozenset(Role), "read this")


def may_observe(actor: Actor) -> bool:
    """The boolean twin of `check_may_observe`."""
    return bool(actor.roles)


def check_may_enrol(actor: Actor) -> None:
    """Enrol an operator: registrar or security officer."""
    _check(actor, ENROLLERS, "enrol operators")


def may_enrol(actor: Actor) -> bool:
    """The boolean twin of `check_may_enrol`."""
    return bool(actor.roles & ENROLLERS)


def check_may_onboard(actor: Actor) -> None:
    """Add agencies and connectors, and let a suspended connector speak again: registrar."""
    _check(actor, ONBOARDERS, "add or resume agencies and connectors")


def may_onboard(actor: Actor) -> bool:
    """The boolean twin of `check_may_onboard`."""
    return bool(actor.roles & ONBOARDERS)


def check_may_suspend(actor: Actor) -> None:
    """Stop a connector at once: registrar, security officer or operator."""
    _check(actor, SUSPENDERS, "suspend connectors")


def may_suspend(actor: Actor) -> bool:
    """The boolean twin of `check_may_suspend`."""
    return bool(actor.roles & SUSPENDERS)


def check_may_agree(actor: Actor) -> None:
    """Record a sharing agreement: information governance lead."""
    _check(actor, GOVERNORS, "record sharing agreements")


def may_agree(actor: Actor) -> bool:
    """The boolean twin of `check_may_agree`."""
    return bool(actor.roles & GOVERNORS)


def check_may_approve_connector(actor: Actor) -> None:
    """Be the second person for what a connector may do: registrar or security officer."""
    _check(actor, ENROLLERS, "approve what widens trust in a connector")


def may_approve_connector(actor: Actor) -> bool:
    """The boolean twin of `check_may_approve_connector`."""
    return bool(actor.roles & ENROLLERS)


def check_may_limit(actor: Actor) -> None:
    """Set what a connector may say and be told: registrar or security officer."""
    _check(actor, ENROLLERS, "set the limits of connectors")


def may_limit(actor: Actor) -> bool:
    """The boolean twin of `check_may_limit`."""
    return bool(actor.roles & ENROLLERS)


def check_may_approve_agreement(actor: Actor) -> None:
    """Be the second person for a sharing agreement: information governance lead or data protection officer."""
    _check(actor, GOVERNANCE, "approve sharing agreements")


def may_approve_agreement(actor: Actor) -> bool:
    """The boolean twin of `check_may_approve_agreement`."""
    return bool(actor.roles & GOVERNANCE)


def check_may_rule(actor: Actor) -> None:
    """Set the partnership's sharing rules: information governance lead."""
    _check(actor, GOVERNORS, "set sharing rules")


def may_rule(actor: Actor) -> bool:
    """The boolean twin of `check_may_rule`."""
    return bool(actor.roles & GOVERNORS)


def check_may_approve_rules(actor: Actor) -> None:
    """Be the second person for sharing rules: information governance lead or data protection officer."""
    _check(actor, GOVERNANCE, "approve sharing rules")


def may_approve_rules(actor: Actor) -> bool:
    """The boolean twin of `check_may_approve_rules`."""
    return bool(actor.roles & GOVERNANCE)


def check_may_replay(actor: Actor) -> None:
    """Put a dead letter back on the intake queue: operator, registrar or security officer."""
    _check(actor, SUSPENDERS, "replay dead letters")


def may_replay(actor: Actor) -> bool:
    """The boolean twin of `check_may_replay`."""
    return bool(actor.roles & SUSPENDERS)


def check_may_discard(actor: Actor) -> None:
    """Give a dead letter up for good: operator, registrar or security officer."""
    _check(actor, SUSPENDERS, "discard dead letters")


def may_discard(actor: Actor) -> bool:
    """The boolean twin of `check_may_discard`."""
    return bool(actor.roles & SUSPENDERS)


def check_may_test(actor: Actor) -> None:
    """Have a connector tested: operator, registrar or security officer."""
    _check(actor, SUSPENDERS, "test connectors")


def may_test(actor: Actor) -> bool:
    """The boolean twin of `check_may_test`."""
    return bool(actor.roles & SUSPENDERS)


def check_may_acknowledge(actor: Actor) -> None:
    """Say that an alarm was looked at: security officer."""
    _check(actor, GUARDS, "acknowledge alarms")


def may_acknowledge(actor: Actor) -> bool:
    """The boolean twin of `check_may_acknowledge`."""
    return bool(actor.roles & GUARDS)


def check_may_review(actor: Actor) -> None:
    """Decide whether two records are of one person, and make or undo links by it: steward."""
    _check(actor, STEWARDS, "decide whether two records are of one person")


def may_review(actor: Actor) -> bool:
    """The boolean twin of `check_may_review`."""
    return bool(actor.roles & STEWARDS)


def check_may_withhold(actor: Actor) -> None:
    """Confirm, lift or override shields: information governance lead or data protection officer."""
    _check(actor, GOVERNANCE, "decide about shields")


def may_withhold(actor: Actor) -> bool:
    """The boolean twin of `check_may_withhold`."""
    return bool(actor.roles & GOVERNANCE)


def check_may_restrict(actor: Actor) -> None:
    """Restrict the processing of a person's data: data protection officer."""
    _check(actor, PROTECTORS, "restrict the processing of a person's data")


def may_restrict(actor: Actor) -> bool:
    """The boolean twin of `check_may_restrict`."""
    return bool(actor.roles & PROTECTORS)


def check_may_investigate(actor: Actor) -> None:
    """Close the investigation that an override raised: data protection officer or security officer."""
    _check(actor, INVESTIGATORS, "close investigations")


def may_investigate(actor: Actor) -> bool:
    """The boolean twin of `check_may_investigate`."""
    return bool(actor.roles & INVESTIGATORS)


def check_may_answer_requests(actor: Actor) -> None:
    """Answer people who ask what is held of them: data protection officer."""
    _check(actor, PROTECTORS, "answer requests for access")


def may_answer_requests(actor: Actor) -> bool:
    """The boolean twin of `check_may_answer_requests`."""
    return bool(actor.roles & PROTECTORS)


def check_may_introduce(actor: Actor) -> None:
    """Pass an asker's work contact on to a side that must stay hidden, or not: introducer."""
    _check(actor, INTRODUCERS, "decide what is passed on to a side that must stay hidden")


def may_introduce(actor: Actor) -> bool:
    """The boolean twin of `check_may_introduce`."""
    return bool(actor.roles & INTRODUCERS)


def check_may_plan(actor: Actor) -> None:
    """Plan which agencies are to come, and when: registrar."""
    _check(actor, ONBOARDERS, "plan the roll-out")


def may_plan(actor: Actor) -> bool:
    """The boolean twin of `check_may_plan`."""
    return bool(actor.roles & ONBOARDERS)


ENROLLERS = frozenset({Role.REGISTRAR, Role.SECURITY_OFFICER})
ONBOARDERS = frozenset({Role.REGISTRAR})
SUSPENDERS = frozenset({Role.REGISTRAR, Role.SECURITY_OFFICER, Role.OPERATOR})
GUARDS = frozenset({Role.SECURITY_OFFICER})
GOVERNORS = frozenset({Role.IG_LEAD})
GOVERNANCE = frozenset({Role.IG_LEAD, Role.DPO})
STEWARDS = frozenset({Role.STEWARD})
PROTECTORS = frozenset({Role.DPO})
INVESTIGATORS = frozenset({Role.DPO, Role.SECURITY_OFFICER})
INTRODUCERS = frozenset({Role.INTRODUCER})


def _check(actor: Actor, allowed: frozenset[Role], what: str) -> None:
    if not actor.roles & allowed:
        roles = " or ".join(sorted(allowed))
        raise NotPermitted(f"operator {actor.id} may not {what}: that needs the role {roles}")
