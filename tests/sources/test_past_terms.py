"""What comes for periods of which only counts are left."""

from sources.currency import Candidate, Sighting
from sources.ledger import Entry
from sources.past_terms import standings_beside


def candidate(name: str, *periods: str, kind: str | None = None, run: int = 1) -> Candidate:
    """A delivery of responses that add up, first seen in a run."""
    return Candidate(
        delivery_id=name,
        instrument_id="kto",
        snapshot="incremental",
        periods=frozenset(periods),
        rows=10,
        is_aggregate=False,
        sightings=(Sighting(run, f"2026-01-{run:02d}", f"{name}.csv", kind),),
    )


def counts(name: str, *beside: str) -> dict[str, Entry]:
    """The ledger's entry of counts that were compared with these deliveries."""
    return {name: Entry(1, "retained", "o", name, "run", "", {"beside": list(beside)})}


def test_a_delivery_of_past_periods_alone_is_too_late() -> None:
    standing, too_late, _ = standings_beside(
        [candidate("r", "2025-01"), candidate("known", "2025-01"), candidate("new", "2025-01", run=2)],
        counts("r", "known"),
    )
    assert too_late == {"new"}
    assert standing["r"].is_current and standing["known"].is_current


def test_a_delivery_with_other_periods_as_well_counts_beside_them() -> None:
    _, too_late, past = standings_beside(
        [candidate("r", "2025-01"), candidate("new", "2025-01", "2025-02", run=2)], counts("r")
    )
    assert too_late == set()
    assert past == {"new": {"2025-01"}}


def test_what_a_late_correction_replaced_counts_on() -> None:
    standing, too_late, _ = standings_beside(
        [candidate("r", "2025-01"), candidate("again", "2025-01", kind="correction", run=2)], counts("r")
    )
    assert too_late == set() and standing["again"].is_current and not standing["r"].is_current
    first = candidate("first", "2025-01", "2025-02")
    standing, too_late, _ = standings_beside(
        [
            candidate("r", "2025-01", "2025-02", "2025-03"),
            first,
            candidate("again", *first.periods, kind="correction", run=2),
        ],
        counts("r", "first"),
    )
    assert too_late == {"again"}
    assert standing["first"].is_current


def test_a_delivery_without_a_period_is_never_too_late() -> None:
    _, too_late, _ = standings_beside([candidate("r", "2025-01"), candidate("empty", run=2)], counts("r"))
    assert too_late == set()
    assert standings_beside([candidate("empty")], {})[1] == set()


def test_counts_that_were_compared_with_nothing_give_way() -> None:
    alone = {"w": Entry(1, "retained", "o", "w", "run", "", {"beside": None})}
    standing, too_late, _ = standings_beside(
        [candidate("w", "2025-01"), candidate("d", "2025-01", "2025-02")], alone
    )
    assert too_late == {"w"}
    assert standing["d"].is_current
