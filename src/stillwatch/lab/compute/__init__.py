"""Made clusters: jobs with counters, runs that were cut up, harvests, and their innocent twins.

The generator knows the truth of every job; the room ``cloud`` sees the telemetry alone. Nothing
here opens a file, reads a clock or draws from global dice.
"""

from stillwatch.lab.compute.harvest import HarvestWorld, make_harvest
from stillwatch.lab.compute.shapes import JobTruth, Shape, make_trace
from stillwatch.lab.compute.split import SplitWorld, make_split

__all__ = [
    "HarvestWorld",
    "JobTruth",
    "Shape",
    "SplitWorld",
    "make_harvest",
    "make_split",
    "make_trace",
]
