"""A synthetic government: deliveries of invented organisations whose true figures are known.

Belongs here: what invented people answer, how each tool writes it down, the traps that may be planted, and the truth
behind it all. Does not belong here: how the pipeline reads or computes anything; of the product only the register and
the reference tables are used. The four hand-made organisations of `make run` are in `sample/`.
"""
