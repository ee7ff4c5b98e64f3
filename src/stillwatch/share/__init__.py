"""Share: tell others, privately.

``matching`` answers what two providers both hold, and no more. It refuses to match where the
kinds or purposes differ, and to answer whoever asks too much.
"""
