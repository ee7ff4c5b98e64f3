"""CEL over the declared facts: read, checked, and compiled to one Python function.

A subset of the Common Expression Language: literals, facts, ``has``, the operators
``! - * / % + < <= > >= == != in && || ?:``, indexing of maps, lists of literals, ``size``,
``startsWith``, ``endsWith``, ``contains``, ``double``, and ``exists`` and ``all`` over lists
of strings. What is left out (regular expressions, timestamps, arithmetic on strings) is an
error where it stands, never something else. A fact that is unknown is CEL's error: it is
absorbed by ``&&`` and ``||`` where the other side decides.
"""

from stillwatch.control.cel.checking import check
from stillwatch.control.cel.compiling import compile_all
from stillwatch.control.cel.outside import Reach
from stillwatch.control.cel.parsing import parse
from stillwatch.control.cel.tree import Node, Wrong, shown

__all__ = ["Node", "Reach", "Wrong", "check", "compile_all", "parse", "shown"]
