"""How much is delivered, per size.

Belongs here: the sizes and what they hold. Does not belong here: what the deliveries look like (`survey`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """So many organisations, each with a delivery per month of about so many responses.

    `companions` are the sizes measured in the same run, which the goals compare this one with. Goals mean nothing where
    starting up is all there is: `has_goals`.
    """

    name: str
    organisations: int
    months: int
    responses: int
    companions: tuple[str, ...] = ()
    has_goals: bool = True


SIZES = {
    size.name: size
    for size in (
        Size("XS", 2, 3, 400, has_goals=False),
        Size("S", 8, 12, 2600),
        Size("Q", 25, 12, 4200),
        Size("M", 50, 24, 4200, companions=("S", "Q")),
        Size("L", 250, 24, 4200),
    )
}
