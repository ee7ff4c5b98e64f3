"""What another node says is advice: nothing of this room can decide, and a person must."""

from __future__ import annotations

import ast

import pytest

from stillwatch.ally import quorum
from stillwatch.model.decision import By, Mode
from stillwatch.model.errors import NotAllowed
from stillwatch.playbooks.allied import adopt
from tests.house.tree import PACKAGE, parsed, place, python_files

NODE = [p for d in ("ally", "adapters/ally") for p in python_files(f"src/stillwatch/{d}")]
NODE += [PACKAGE / "http" / "ally.py", PACKAGE / "cli" / "allies.py", PACKAGE / "cli" / "ally.py"]
DECIDING = {"stillwatch.model.decision", "stillwatch.control", "stillwatch.adapters.control"}
ADVICE = quorum([], [], frozenset({"a"}), "campaign:x", "one_operator", 0)


def imports(tree: ast.Module) -> set[str]:
    """Modules, and what is taken of them."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", NODE, ids=place)
def test_no_part_of_a_node_can_decide(path: object) -> None:
    taken = imports(parsed(path))  # type: ignore[arg-type]
    wrong = {name for name in taken if name.startswith(tuple(DECIDING))}
    assert not wrong
    assert "stillwatch.playbooks.allied.adopt" not in taken


def test_nothing_calls_the_step_from_advice_to_decision() -> None:
    callers = [
        place(path)
        for path in python_files("src")
        if "stillwatch.playbooks.allied.adopt" in imports(parsed(path))
    ]
    assert callers == []


def test_a_person_with_a_reason_decides_in_shadow_until_a_moment_with_a_second_person() -> None:
    made = adopt(
        ADVICE, about="campaign:ours", control="watch", person="j. doe", reason="campaign",
        note="our own cluster shows the same timing", made_us=10, until_us=20,
    )  # fmt: skip
    assert (made.by, made.mode, made.n_approvals, made.until_us) == (By.PERSON, Mode.SHADOW, 1, 20)
    assert made.because == (ADVICE.id,)


@pytest.mark.parametrize(("person", "note"), [("", "x"), (" ", "x"), ("x", ""), ("x", "  ")])
def test_without_a_person_or_a_reason_there_is_no_decision(person: str, note: str) -> None:
    with pytest.raises(NotAllowed, match="person"):
        adopt(ADVICE, about="a", control="watch", person=person, reason="r", note=note,
              made_us=1, until_us=2)  # fmt: skip
