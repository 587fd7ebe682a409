"""A receipt is a function of the notice and of its sender's own progress: what writes it, and what decides it, has no way to the register."""

import ast
import inspect
from pathlib import Path

import pytest

from gateway.answers import admission as answer_admission
from gateway.notices import admission, capabilities, receipting, stated
from tests.architecture.source_tree import PROJECT, modules

REGISTER = (
    "gateway.ports", "gateway.store", "gateway.linkage.linking", "gateway.alerts.alerting", "gateway.withholding.ports", "gateway.answers.ports"
)  # fmt: skip


def reached_from(name: str) -> set[str]:
    """Every module of the gateway that a module imports, and what those import."""
    known = {module.name: module for module in modules()}
    found, todo = set[str](), [name]
    while todo:
        for each in known[todo.pop()].imports:
            if each.top == "gateway" and each.name in known and each.name not in {"gateway", *found}:
                found.add(each.name)
                todo.append(each.name)
    return found


def test_what_writes_receipts_cannot_reach_the_register() -> None:
    reached = reached_from("gateway.notices.receipting")
    assert reached == {"gateway.notices.letter", "gateway.model.reply"}
    assert not any(each.startswith(REGISTER) for each in reached)
    # And the same walk finds the register where there is a way to it.
    assert "gateway.ports" in reached_from("gateway.desk")


def test_it_is_given_the_message_its_refusals_and_the_senders_progress_and_nothing_else() -> None:
    asked = inspect.signature(receipting.receipt_reply).parameters
    assert list(asked) == ["letter", "connector", "outcome", "issues", "progress", "now"]
    assert str(asked["progress"].annotation) == "tuple[str, mappings.canonical.notice.Sequence | None]"


@pytest.mark.parametrize(
    "decides",
    [
        admission.check_notice,
        admission.check_agreement,
        capabilities.check_limits,
        stated.check_word,
        answer_admission.check_answer,
    ],
)
def test_what_decides_whether_a_notice_a_shield_or_an_answer_is_taken_is_not_given_the_register(
    decides: object,
) -> None:
    given = {str(each.annotation) for each in inspect.signature(decides).parameters.values()}  # type: ignore[arg-type]
    assert given
    assert not any("UnitOfWork" in each or "Store" in each for each in given)


def test_the_answer_is_queued_before_anything_is_looked_up() -> None:
    tree = ast.parse((PROJECT / Path("gateway/desk.py")).read_text(encoding="utf-8"))
    notice = next(each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name == "_notice")
    called = [
        (node.lineno, node.func.attr)
        for node in ast.walk(notice)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    answers = [line for line, name in called if name == "_answer"]
    looks = [line for line, name in called if name == "of"]
    assert len(looks) == 1, "what follows is carried out in one place (gateway.notices.stated)"
    assert max(answers) < min(looks)
