"""Right ways to write what the rules judge: changes of the clean stack that no rule may fail or leave undecided.

Each file holds `VARIATIONS` of some rules' subjects: by rule, what the change is called and what it changes.
"""
