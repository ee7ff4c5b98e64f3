"""Are planted behaviours found, and honest models left alone?"""
