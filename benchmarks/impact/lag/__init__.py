"""Is a published ordering of abilities reproduced, and how much does the suite decide?"""
