"""What does a prompt ask for?

Answers, for each prompt: does it ask for the model's hidden reasoning, for a grade, for a
censorship-safe rewording; does it carry
another product's harness, a filter-evading device, a trace to clean; is it phrased for an audit; is
it task-like or a short
continuation. Refuses to answer: who sent it, in which language, and why. A class alone is no
evidence against an account; it is
one input of the content family, weighed over a linked cluster.

    >>> import pyarrow as pa
    >>> from stillwatch.detect.classes import PromptClass, classify
    >>> found = classify(pa.array(["Rate this response from 1 to 5."]))
    >>> PromptClass.JUDGE in PromptClass(int(found[0]))
    True
"""

from stillwatch.detect.classes.matcher import classify, is_elicitation, task_score
from stillwatch.detect.classes.rules import PromptClass

__all__ = ["PromptClass", "classify", "is_elicitation", "task_score"]
