"""Impact: what left, what it bought, what it cost, and what stopping it cost.

The room answers with four quantities that are never added up: attempts, answers that came, tokens
that could be trained on, and ability. It refuses to print one number for what was "stolen", and
says which assumptions each interval rests on. Nothing here opens a file or reads a clock.
"""
