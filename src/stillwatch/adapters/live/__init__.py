"""Live: the door through which traffic comes while it happens, and campaigns go out.

Sources hand over arrivals; the intake commits them to a log on disk, many at once; a
process apart looks at what the log holds; the register gives campaigns names that last
and writes what became of them.
"""
