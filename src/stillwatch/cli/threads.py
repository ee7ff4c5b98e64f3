"""One thread for linear algebra, where nobody asked for more.

The matrices here are small. Threads that wait for one another over them cost more than they give: a
fit of public results took 31 s of processor time on two busy cores, and takes 1.5 s in one thread.
"""

from __future__ import annotations

import os
import sys
from typing import Final

#: read by OpenBLAS, with which NumPy and SciPy come, when it is loaded.
VARIABLE: Final = "OPENBLAS_NUM_THREADS"


def one_for_algebra() -> bool:
    """Ask for one thread; whoever has set :data:`VARIABLE` is left alone.

    Returns:
        Whether NumPy is still to be loaded, so that it will hear.
    """
    os.environ.setdefault(VARIABLE, "1")
    return "numpy" not in sys.modules
