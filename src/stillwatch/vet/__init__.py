"""Vet: was this model distilled from ours, and is it safe to run?

The room answers what a suspect's answers, files and behaviour show, each with its error rate, and
says where it could not look. It gives no verdict that rests on one test or an uncalibrated one,
and no score of a vendor: the bar is the same whoever made the tool. Nothing here opens a file or
a socket, reads a clock or runs what it examines.
"""

from stillwatch.vet.asked import Answer, Message, Probe, answer_from, probe_from
from stillwatch.vet.part import Outcome, Part, Point, Severity, part_from

__all__ = [
    "Answer",
    "Message",
    "Outcome",
    "Part",
    "Point",
    "Probe",
    "Severity",
    "answer_from",
    "part_from",
    "probe_from",
]
