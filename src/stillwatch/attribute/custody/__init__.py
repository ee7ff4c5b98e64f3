"""custody: what was sealed, when, and that nothing of it was changed since.

It answers, to somebody who has one file and one public key and trusts nobody else: is every byte
of this case what was sealed; does an entry lack, stand twice, out of order or dated back; do the
weights follow from the features beside them; what was destroyed, by whom. It refuses to say that
an exhibit is true, or was all there was: only that this was sealed, by that key, in that order.

The public names: :class:`~.verifying.Believed` and :func:`~.verifying.verify` check a bundle;
:class:`~.merkle.Tree` and :func:`~.merkle.consistent` are RFC 9162; :class:`~.notes.Note` is a
C2SP signed note; :mod:`~.kinds` is the list of entries. What writes a log and reads files is in
``stillwatch.adapters.custody``.
"""
