"""Does the interval of the estimated uplift hold what students really learnt?"""
