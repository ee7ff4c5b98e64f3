"""How a tool behaves: asks it under Inspect in a process apart, has code scanned, keeps answers."""

from stillwatch.adapters.behaving.running import Job, load_job, look
from stillwatch.adapters.behaving.shipped import load_packs

__all__ = ["Job", "load_job", "load_packs", "look"]
