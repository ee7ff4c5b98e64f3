"""THE LIST: rival accounts of the same findings, the charge first.

A hypothesis is told from another by how probable it makes what was seen. That is counted on made
worlds (``benchmarks/attribute/hypotheses``) wherever the lab can play the story; where it cannot,
the entry says so and borrows the counts of a story that traffic cannot tell from it.

Behaviour alone enters: nothing here reads where somebody comes from.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One account of the findings.

    Attributes:
        name: short and unique; names its row in the table of likelihoods.
        title: what a reader sees.
        says: what would be going on, in a sentence.
        means: what follows for the people behind the accounts, in a sentence.
        kinds: what the lab plays it with: fixtures (by their beginning) and twins.
        like: the hypothesis whose counts it borrows, where the lab cannot play it.
        measured: how its likelihoods came about, in a sentence.
        source: where the story was published.
        rivals: names under which ``detect`` weighs it.
        harvests: whether it says that one hand collects answers without leave.
    """

    name: str
    title: str
    says: str
    means: str
    kinds: tuple[str, ...] = ()
    like: str = ""
    measured: str
    source: str
    rivals: tuple[str, ...] = ()
    harvests: bool = False


#: what the others are measured against.
CHARGE = "harvest"

_PLAYED = "counted on made worlds"

HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        name=CHARGE,
        title="One operator harvests answers",
        says="one hand runs the accounts and collects the model's answers to train another",
        means="the accounts are the operator's",
        kinds=("C01", "C02", "C03", "C04", "C05", "C06", "C07", "C08", "C11", "C14", "C15"),
        measured=f"{_PLAYED}: eleven published shapes, knobs turned",
        source="A1, A2 143-154, O2",
        harvests=True,
    ),
    Hypothesis(
        name="rerouted",
        title="Rerouted or replayed users",
        says="an operator sends its own users' requests through the accounts, live or stored",
        means="the accounts are the operator's; the people who wrote the prompts are victims",
        kinds=("C09", "C10", "C12"),
        measured=f"{_PLAYED}: three published shapes, knobs turned",
        source="A2 148-152",
        harvests=True,
    ),
    Hypothesis(
        name="reseller",
        title="Reseller that did not declare itself",
        says="somebody resells access; most prompts are those of unrelated customers",
        means="a breach of terms it may be; the customers have done nothing",
        kinds=("relay",),
        measured=f"{_PLAYED}: the proxy network of C04 with 95% customers' traffic",
        source="A1, O1, ChinaTalk 5 May 2026",
    ),
    Hypothesis(
        name="aggregator",
        title="Aggregator with tenants",
        says="an honest aggregator sends its tenants' requests under their names",
        means="nobody has done anything",
        like="reseller",
        measured="not countable: what was disclosed is set apart before any search. Its counts are"
        " those of the reseller; only the disclosure, an exclusion, tells the two apart",
        source="C1",
    ),
    Hypothesis(
        name="researcher",
        title="Researchers or evaluators",
        says="people audit, grade, red-team or benchmark the model, as their work is",
        means="nobody has done anything; a registered study says so",
        kinds=("SWS-5", "SWS-6", "SWS-9", "SWS-12", "SWS-17", "SWS-21", "SWS-23"),
        measured=f"{_PLAYED}: seven twins",
        source="U1, C1",
        rivals=("evaluators on release day",),
    ),
    Hypothesis(
        name="harness",
        title="Strangers on one public tool",
        says="unrelated people run one tool, which sets prompt, client and parameters for them",
        means="nobody has done anything",
        kinds=("SWS-3", "SWS-3c", "SWS-16", "SWS-19", "SWS-19b"),
        measured=f"{_PLAYED}: five twins",
        source="C1",
        rivals=("popular harness or open-source tool",),
    ),
    Hypothesis(
        name="firm",
        title="Firm or team that did not declare itself",
        says="colleagues share a card, a network, a subject and a script",
        means="nobody has done anything",
        kinds=("SWS-2", "SWS-4", "SWS-7", "SWS-8", "SWS-8b", "SWS-13", "SWS-14"),
        measured=f"{_PLAYED}: seven twins",
        source="U1",
        rivals=("firm that did not declare itself", "household or small team"),
    ),
    Hypothesis(
        name="cohort",
        title="School cohort or course",
        says="people of one class sign up together and work on one assignment",
        means="nobody has done anything",
        kinds=("SWS-20", "SWS-3b"),
        measured=f"{_PLAYED}: two twins",
        source="A1",
        rivals=("school cohort or course homework",),
    ),
    Hypothesis(
        name="place",
        title="Campus, carrier or VPN",
        says="strangers leave through one network and share its addresses",
        means="nobody has done anything",
        kinds=("SWS-11",),
        measured=f"{_PLAYED}: one twin",
        source="C1",
        rivals=("campus, carrier NAT or VPN",),
    ),
    Hypothesis(
        name="jobs",
        title="Scheduled jobs or hosted runners",
        says="unrelated projects run jobs from one pool of machines, on one schedule",
        means="nobody has done anything",
        kinds=("SWS-1", "SWS-10"),
        measured=f"{_PLAYED}: two twins",
        source="C1",
        rivals=(
            "continuous integration or scheduled jobs",
            "jobs on one pool of hosted runners",
        ),
    ),
    Hypothesis(
        name="chance",
        title="Chance, or ordinary churn",
        says="people who have nothing to do with one another look alike",
        means="nobody has done anything",
        kinds=("ordinary", "SWS-15"),
        measured=f"{_PLAYED}: the most alike of thousands of ordinary accounts",
        source="U1",
    ),
    Hypothesis(
        name="false_flag",
        title="False flag",
        says="somebody stages a harvest so that it is laid at another's door",
        means="the operator is not who the traces point to",
        like=CHARGE,
        measured="not measurable in traffic: a staged harvest is a harvest. Its counts are those of"
        " the charge, so no finding about behaviour tells the two apart",
        source="ICD 203, analysis of alternatives",
        harvests=True,
    ),
)

BY_NAME = {one.name: one for one in HYPOTHESES}


def of_kind(kind: str) -> str | None:
    """The hypothesis that the lab plays with a kind of its truth table; None where none.

    >>> of_kind("C09-rerouted"), of_kind("SWS-3b"), of_kind("C99")
    ('rerouted', 'cohort', None)
    """
    bare = kind.partition("-")[0] if kind[:1] == "C" else kind
    return next((one.name for one in HYPOTHESES if bare in one.kinds), None)


def of_rival(rival: str) -> str | None:
    """The hypothesis that ``detect`` weighs under a name; None where it is none of these."""
    return next((one.name for one in HYPOTHESES if rival in one.rivals), None)
