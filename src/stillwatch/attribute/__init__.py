"""attribute: who did it, with evidence that stands up.

It answers what is held about a campaign, for and against, and lets anybody check that nothing of
it was changed since it was sealed (:mod:`stillwatch.attribute.custody`). It refuses to print what
was not measured, to keep content that nobody needs, and to name anybody by itself.
"""
