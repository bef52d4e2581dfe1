"""States of this project's stacks as they were at each milestone, and that later versions of the program spare them.

`python -m tests.baselines NAME` records a milestone: a folder `NAME` with each stack file and the export of its state after
an `up`. Recorded ones are never changed: they stand for stacks that are running somewhere.
"""
