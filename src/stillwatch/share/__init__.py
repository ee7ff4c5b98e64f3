"""Share: tell partners what was found, privately, and take it back where it was wrong.

The room answers who may be told what. Of TAXII 2.1 it holds the rules alone (``taxii_*``): how a
question is read, what an object must be, who may see it, how pages are cut; sockets and disks are
the affair of ``adapters/taxii`` and ``http``. It refuses to widen a marking, and to tell whether
something exists to those who may not see it.
"""
