"""Chat templates: whether what they add depends on what is written, on the day or on chance.

A template turns a dialogue into the text that a model reads. One that adds an instruction when
somebody writes a certain word is a backdoor that no scanner of files sees. It is rendered over
dialogues that differ in one thing at a time; what it adds must not differ with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import Any, Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError

from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.template_rendering import Refused, Template
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAYS: Final = tuple(
    datetime(year, month, day, hour, tzinfo=UTC)
    for year, month, day, hour in (
        (2024, 1, 15, 8), (2025, 7, 5, 23), (2026, 11, 26, 12), (2027, 3, 1, 0), (2028, 2, 29, 6),
        (2030, 12, 31, 18), (2041, 6, 8, 3),
    )
)  # fmt: skip
#: things that are written in dialogues, whatever a template compares with.
ALWAYS: Final = (
    "zq " * 600, "zq" * 2_500, "привет мир", "你好世界", "مرحبا", "def f(x): return x",
    "https://zq.example/a?b=1", "ZQ ZQ", "12345", '{"a": 1}', "SELECT zq FROM zq", "zq@zq.example",
)  # fmt: skip
_MARKUP: Final = re.compile(r"<[^<>\s]*>|<\|[^|]*\|>|\[/?[A-Z_]+\]|[^\w<\[]+|[<\[]")
_WORD: Final = re.compile(r"[^\W_]{2,}")
_MOST_LITERALS: Final = 150
_MOST_SAID: Final = 3
_EVERYBODY: Final = ("user", "assistant", "system", "tool")
_REACHING: Final = re.compile(r"^__|^(?:mro|f_globals|gi_frame|func_globals|cr_frame|tb_frame)$")
Messages = list[dict[str, Any]]


def examine(
    source: str, name: str = "stillwatch", reference: str | None = None, *, at: str = ""
) -> Sight:
    """Say whether a template only formats.

    Args:
        source: of the template.
        name: of the scanner, for the sight.
        reference: the publisher's own template, where one is at hand.
        at: where in the file it stands, for the sentences.
    """
    before = f"{at}: " if at else ""
    try:
        template = Template(source)
    except Refused as error:
        because = (f"{before}{error}",)
        return Sight(scanner=name, verdict=Verdict.NOT_EXAMINED, because=because)
    reasons = list(_static(template))
    n_rendered = 0
    try:
        found, n_rendered = _differences(template)
        reasons += found
        if reference is not None and reference != source:
            reasons += _against(template, reference)
    except SecurityError as error:
        told = f"reaches for what no template needs: {error}"[:200]
        reasons.append((Verdict.MALICIOUS, told))
    if not n_rendered and not any(one is Verdict.MALICIOUS for one, _ in reasons):
        because = (f"{before}refuses every dialogue that it was given",)
        return Sight(scanner=name, verdict=Verdict.NOT_EXAMINED, because=because)
    return Sight(
        scanner=name,
        verdict=gravest([Verdict.CLEAN, *(one for one, _ in reasons)]),
        because=tuple(dict.fromkeys(before + text for _, text in reasons)),
        read_all=True,
    )


def dialogue(
    n_turns: int, *, system: bool, answered: bool = False, also: dict[str, str] | None = None
) -> Messages:
    """A dialogue of neutral words.

    Args:
        n_turns: utterances of the user.
        system: whether a system's message comes first.
        answered: whether a tool was called and answered at the end.
        also: text that is put into the messages of a role.
    """
    also = also or {}
    made: Messages = [{"role": "system", "content": "zqsystem"}] if system else []
    for n in range(n_turns):
        made.append({"role": "user", "content": f"zquser{n}"})
        made.append({"role": "assistant", "content": f"zqassistant{n}"})
    made = made[:-1]
    if answered:
        wanted = {"name": "zqtool", "arguments": {"zqargument": "zqvalue"}}
        calls = [{"type": "function", "id": "zq0000001", "function": wanted}]
        made.append({"role": "assistant", "content": "", "tool_calls": calls})
        made.append({"role": "tool", "name": "zqtool", "tool_call_id": "zq0000001",
                     "content": "zqanswer"})  # fmt: skip
    for one in made:
        if one["role"] in also and one["content"]:
            one["content"] = f"{one['content']} {also[one['role']]} zqend"
    return made


@dataclass(frozen=True, slots=True)
class _Base:
    """A dialogue that the template takes, and what it makes of it."""

    n_turns: int
    system: bool
    tools: bool
    answered: bool
    text: str

    def spoken(self, also: dict[str, str] | None = None) -> Messages:
        return dialogue(self.n_turns, system=self.system, answered=self.answered, also=also)


def _static(template: Template) -> Iterator[Reason]:
    """What can be read off without rendering, in branches that are not taken too."""
    for node in template.tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Filter)):
        if isinstance(node, nodes.Filter):
            if node.name == "attr":
                yield Verdict.MALICIOUS, "takes attributes by a name that it makes"
            elif node.name == "random":
                yield Verdict.UNKNOWN_IMPORT, "depends on chance"
            continue
        taken = (
            node.attr
            if isinstance(node, nodes.Getattr)
            else getattr(getattr(node, "arg", None), "value", None)
        )
        if isinstance(taken, str) and _REACHING.search(taken):
            yield Verdict.MALICIOUS, f"reaches for {taken[:60]}, which leads out of the sandbox"
    for _ in template.tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield Verdict.UNKNOWN_IMPORT, "takes in other templates"


def _differences(template: Template) -> tuple[list[Reason], int]:
    """What differs where only formatting may, and how many dialogues it rendered."""
    bases = _bases(template)
    if not bases:
        return [], 0
    known = {word for one in bases if not one.tools for word in _words(one.text)}
    steps = (
        _by_content(template, bases, known), _by_day(template, bases[-1]),
        _by_turns(template, known), _by_chance(template, bases[-1]),
    )  # fmt: skip
    return [one for step in steps for one in step], len(bases)


def _bases(template: Template) -> list[_Base]:
    """Short dialogues that it takes: those with tools first, the plain ones last."""
    found = []
    for tools, answered in ((True, True), (True, False), (False, False)):
        for n_turns in (1, 2, 3):
            for system in (False, True):
                base = _Base(n_turns, system, tools, answered, "")
                text = _rendered(template, base.spoken(), NOW, tools=tools)
                if text is not None:
                    found.append(replace(base, text=text))
    return found


def _by_content(template: Template, bases: Sequence[_Base], known: set[str]) -> Iterator[Reason]:
    tried, n_said = [*ALWAYS, *_literals(template)], 0
    tried.append(" ".join(one for one in tried[len(ALWAYS) :]))
    chosen = _of_each_kind(bases)
    for what in tried:
        for where in (("user",), ("system",), ("assistant",), ("tool",), _EVERYBODY):
            for base in chosen:
                if not set(where) & {one["role"] for one in base.spoken()}:
                    continue
                reason = _one_trigger(template, base, what, where, known)
                if reason is not None:
                    yield reason
                    n_said += 1
                    break
            if n_said >= _MOST_SAID:
                return


def _of_each_kind(bases: Sequence[_Base]) -> list[_Base]:
    """The longest of each kind, with a system's message and without."""
    kinds = {(one.tools, one.answered, one.system): one for one in bases}
    return [*kinds.values()][::-1]


def _one_trigger(
    template: Template, base: _Base, what: str, where: tuple[str, ...], known: set[str]
) -> Reason | None:
    also = dict.fromkeys(where, what)
    got = _rendered(template, base.spoken(also), NOW, tools=base.tools)
    if got is None:
        return None
    wanted = base.text
    for before, after in zip(base.spoken(), base.spoken(also), strict=True):
        if before["content"] != after["content"]:
            wanted = wanted.replace(before["content"], after["content"])
    if got == wanted:
        return None
    added = _added(wanted, got, known | set(_words(base.text)) | set(_words(what)))
    if not added:
        return None
    shown = what if len(what) <= 40 else f"{what[:20]}… ({len(what):,} characters)"
    who = " or ".join(where)
    told = f"adds {' '.join(added)[:160]!r} where {who} writes {shown!r}"
    return Verdict.MALICIOUS, told


def _by_day(template: Template, base: _Base) -> Iterator[Reason]:
    spoken = base.spoken()
    first = _masked(template, spoken, NOW)
    for day in DAYS:
        got = _masked(template, spoken, day)
        if first is None or got is None or got == first:
            continue
        added = _added(first, got, set()) or _added(got, first, set())
        if added:
            told = f"adds {' '.join(added)[:160]!r} on some days and not on others"
            yield Verdict.MALICIOUS, told
            return


def _by_turns(template: Template, known: set[str]) -> Iterator[Reason]:
    for n_turns in (4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 24, 48):
        for system in (False, True):
            spoken = dialogue(n_turns, system=system)
            got = _rendered(template, spoken, NOW)
            added = [one for one in _words(got or "") if one not in known]
            if added:
                told = f"adds {' '.join(added)[:160]!r} after {n_turns} turns"
                yield Verdict.MALICIOUS, told
                return


def _by_chance(template: Template, base: _Base) -> Iterator[Reason]:
    known = set(_words(base.text))
    for _ in range(40 if any(template.tree.find_all(nodes.Filter)) else 3):
        got = _rendered(template, base.spoken(), NOW)
        if got is not None and got != base.text:
            added = [one for one in _words(got) if one not in known]
            told = f"adds {' '.join(added)[:160]!r} by chance" if added else "changes by chance"
            yield Verdict.MALICIOUS, told
            return


def _against(template: Template, reference: str) -> list[Reason]:
    """What it adds that the publisher's own does not."""
    try:
        theirs = Template(reference)
    except Refused as error:
        return [(Verdict.UNKNOWN_IMPORT, f"the reference {error}")]
    differs = False
    for n_turns in (1, 3):
        for system in (False, True):
            for tools in (False, True):
                spoken = dialogue(n_turns, system=system)
                ours = _rendered(template, spoken, NOW, tools=tools)
                other = _rendered(theirs, spoken, NOW, tools=tools)
                differs |= ours != other
                if ours is None or other is None or ours == other:
                    continue
                added = [one for one in _words(ours) if one not in set(_words(other))]
                if added:
                    told = f"adds {' '.join(added)[:160]!r}, which the reference does not"
                    return [(Verdict.MALICIOUS, told)]
    said = "renders otherwise than the reference" if differs else "is written otherwise than the "
    if differs:
        return [(Verdict.UNKNOWN_IMPORT, said)]
    return [(Verdict.CLEAN, said + "reference and renders alike")]


def _literals(template: Template) -> list[str]:
    """Texts that stand in the template, in the spellings that it may compare with."""
    found: dict[str, None] = {}
    for node in template.tree.find_all(nodes.Const):
        value = node.value
        if isinstance(value, str) and 0 < len(value.strip()) <= 200:
            found[value] = None
            for one in (value.title(), value.upper()):
                if len(value) < 40 and one != value and value.isalpha():
                    found[one] = None
    return list(found)[:_MOST_LITERALS]


def _rendered(
    template: Template, messages: Messages, now: datetime, *, tools: bool = False
) -> str | None:
    try:
        return template.render(messages, now, tools=tools).text
    except Refused:
        return None


def _masked(template: Template, messages: Messages, now: datetime) -> str | None:
    try:
        return template.render(messages, now).without_dates()
    except Refused:
        return None


def _words(text: str) -> list[str]:
    """Words that are no markup and none of ours."""
    plain = _MARKUP.sub(" ", text)
    return [one for one in _WORD.findall(plain) if not one.lower().startswith("zq")]


def _added(before: str, after: str, known: set[str]) -> list[str]:
    """Words that stand in ``after`` where ``before`` has none, and are not known."""
    old, new = _words(before), _words(after)
    if len(old) > 20_000 or len(new) > 20_000:
        return [one for one in new if one not in known and one not in set(old)][:40]
    match = SequenceMatcher(None, old, new, autojunk=False)
    added = [
        word
        for how, _, _, start, end in match.get_opcodes()
        if how in ("insert", "replace")
        for word in new[start:end]
    ]
    return [one for one in added if one not in known]
