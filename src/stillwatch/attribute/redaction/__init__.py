"""redaction: what must not be kept is taken out before it is sealed.

It answers where in a text personal data and secrets stand, and gives the text without them. It
refuses to say that a text is clean: a name, an address in prose or a secret that looks like a word
is not found. So what was redacted is still treated as content.

:class:`~.redactor.Redactor` is handed its detectors (kept libraries, wired together in
``stillwatch.adapters.custody.detectors``); :mod:`~.patterns` is the list of what they leave out.
"""
