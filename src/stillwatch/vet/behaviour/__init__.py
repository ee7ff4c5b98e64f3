"""Behaviour: what does a model do when asked what it should not, and is it the same for everyone?

Four suites: guardrails, hijacking of agents, insecure code with phrases that have nothing to do
with it, and steering by government, language and class of answer. The room makes the questions
and judges the replies, by rules whose errors are measured and stand in the result. It asks
nobody, knows no ideology score, and holds every government and vendor to one list of bars.
"""

from stillwatch.vet.behaviour.asking import Packs, Plan, manifest, ordered, plan_from, questions_of
from stillwatch.vet.behaviour.questions import Question, Replies, Reply, Sampling, replies_of
from stillwatch.vet.behaviour.report import examined, part_of
from stillwatch.vet.behaviour.suites import SUITES, Suite

__all__ = [
    "SUITES",
    "Packs",
    "Plan",
    "Question",
    "Replies",
    "Reply",
    "Sampling",
    "Suite",
    "examined",
    "manifest",
    "ordered",
    "part_of",
    "plan_from",
    "questions_of",
    "replies_of",
]
