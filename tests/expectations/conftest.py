"""One night over all cases: Great Expectations is imported and run once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from expectations import Delivery, Judgement, Verdict, judge
from tests.expectations.cases import CASES
from tests.expectations.landing import NODES, Landing, tables


@dataclass(frozen=True)
class Night:
    """All cases judged together; `judged` in the order of the cases."""

    judgement: Judgement
    judged: list[Delivery]
    docs: Path

    def verdict(self, delivery: Delivery) -> Verdict:
        return next(one for one in self.judgement.verdicts if one.delivery_id == delivery.delivery_id)


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder, docs = tmp_path_factory.mktemp("landed"), tmp_path_factory.mktemp("data_docs")
    judged, history = [], []
    for number, (_, _, deliver) in enumerate(CASES):
        landing = Landing(folder, f"test{number:04d}")
        deliver(landing)
        judged.append(landing.written[-1])
        history += landing.written[:-1]
    items, book = tables(judged)
    return Night(judge(judged, history, items, book, NODES, docs), judged, docs)
