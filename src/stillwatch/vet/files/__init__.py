"""Files: what loading a model's files, code and templates would do.

Answers, file by file: *malicious*, *unknown import*, *clean* or *not examined*; why, by which
scanner, and which of them read every byte. Refuses to call a file clean on the word of a scanner
that does not read its format or stopped on the way, and never loads, imports or runs what it
examines: pickles are walked through opcode by opcode, code is parsed, templates are rendered in a
sandbox in a process apart. Scanners of others are run by ``adapters/scanning``; what they print is
read here.
"""

from stillwatch.vet.files.records import Record, judged
from stillwatch.vet.files.reporting import part_of
from stillwatch.vet.files.verdicts import Sight, Verdict, joined

__all__ = ["Record", "Sight", "Verdict", "joined", "judged", "part_of"]
