"""The floor, the rivals and the night, side by side in one run on the same deliveries.

Belongs here: making the deliveries, the other ways to compute the same figures, measuring each in a process of its own,
and showing what came out. Does not belong here: anything that a night needs; nothing of the product imports this room.
`make benchmark SIZE=S` runs it; `docs/performance.md` holds the result and says how to read it.
"""
