"""Fault tests: crashes, full disks, damaged files and hostile deliveries, tried out on the command line.

Belongs here: what an operator's machine can do to a run, and that no figure, receipt or file suffers from it. Does not
belong here: what a figure must be (`tests/acceptance`). `make test-faults` runs them, `make test-soak` runs more of the
same; plain `make test` leaves them out, because a night takes half a minute and these take many.

The deliveries are made so that the final figures do not depend on which nights published in between: every file adds
at least ten answers to every cell that it touches, so no earlier figure ever stands (docs/decisions/0013).
"""
