"""The lab: labelled traffic to rehearse on, and the scoreboard.

Answers: what would a provider see if this campaign ran among these people, and how much
of it did a search find, how early, and whom did it accuse wrongly? Refuses to answer how
a search fares on real traffic: the worlds are made, and say so.

>>> import numpy as np
>>> world = simulate(Recipe(n_accounts=40, days=2), np.random.default_rng(1))
>>> world.accounts.num_rows
40
"""

from stillwatch.lab.fixtures import FIXTURES
from stillwatch.lab.recipe import Recipe
from stillwatch.lab.score import Score, score
from stillwatch.lab.simulate import World, simulate
from stillwatch.lab.stress import STRESSES
from stillwatch.lab.twins import TWINS

__all__ = ["FIXTURES", "STRESSES", "TWINS", "Recipe", "Score", "World", "score", "simulate"]
