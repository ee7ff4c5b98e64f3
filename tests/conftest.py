"""What every test shares: the profile under which laws are searched, and one thread for algebra."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from stillwatch.cli.threads import one_for_algebra

one_for_algebra()
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", parent=settings.get_profile("ci"), derandomize=False)
settings.register_profile(
    "long", parent=settings.get_profile("search"), max_examples=2000, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
