"""Private: the sets that a provider holds ready, and a cloud's questions to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stillwatch.adapters.cloud.sketch_files import write_json, write_whole
from stillwatch.adapters.matching.asking import Asking, Question
from stillwatch.adapters.matching.terms import Terms
from stillwatch.adapters.matching.workers import Workers
from stillwatch.cloud.matching import Match, SketchSet
from stillwatch.model.marking import Purpose
from stillwatch.playbooks.fed_runs import MOST_ASKED, N_BITS, Offer, met, offered
from stillwatch.share.matching import Mode
from stillwatch.share.matching_names import Kind

#: digests that both sides agreed how to make.
KIND = Kind.BEHAVIOUR


def write_offer(provider: SketchSet, folder: Path, n_bits: int = N_BITS) -> Offer:
    """Write the sets, the tables that name them in ``matching.toml``, and the offer.

    Args:
        provider: sketches of campaigns; they stay where they are.
        folder: for ``offer.json``, which the cloud gets; the rest is the provider's own.
        n_bits: signs of a sketch that can be asked about.

    Raises:
        OutsideFailed: it cannot be written.
        BadInput: the sketches are no provider's.
    """
    offer, sets, names = offered(provider, n_bits)
    tables = []
    for name, texts in sets.items():
        path = folder / f"{name}.txt"
        write_whole(path, "".join(f"{text}\n" for text in texts).encode())
        tables.append(
            f'[[set]]\nname = "{name}"\nkind = "{KIND.value}"\nfile = "{path.resolve()}"\n'
            "least = 10\n"
        )
    write_whole(folder / "sets.toml", "\n".join(tables).encode())
    write_json(folder / "names.json", names)
    write_json(folder / "offer.json", offer.to_json())
    return offer


def ask_provider(
    offer: Offer, cloud: SketchSet, terms: Terms, workers: Workers, *, partner: str,
    most_asked: int = MOST_ASKED, say: Callable[[str], None],
) -> list[Match]:  # fmt: skip
    """Ask a provider about every campaign of its offer.

    Args:
        offer: the provider's.
        cloud: our sketches; they stay here.
        terms: who we are, and where the provider answers.
        workers: who computes.
        partner: the provider.
        most_asked: accounts whose hours are asked about, for each campaign.
        say: told of progress.

    Raises:
        NotAllowed: the provider refuses.
        OutsideFailed: it cannot be reached; the same call goes on later.
        BadInput: the two were not made for one another.
    """
    asking = Asking(terms, workers, say)

    def question(about: str, mode: Mode) -> Question:
        return Question(partner=partner, kind=KIND, purpose=Purpose.DEFENCE, mode=mode, about=about)

    def which(about: str, texts: Sequence[str]) -> Sequence[int]:
        say(f"asking which addresses are among {about}")
        return asking.ask(question(about, Mode.ITEMS), [texts]).positions

    def how_many(about: str, sets: Sequence[Sequence[str]]) -> Sequence[int]:
        say(f"asking about {len(sets)} sketches of hours among {about}")
        return asking.ask(question(about, Mode.SIZE), sets).counts

    return met(offer, cloud, which, how_many, most_asked=most_asked)
