"""The way of a pandas notebook: read, melt, concat, merge, groupby.

Belongs here: what an analyst would write who knows pandas and has one computer. Does not belong here: tricks. A process
of its own: `python -m benchmarks.notebook DELIVERIES TARGET`.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks import survey
from benchmarks.deliveries import Deliveries
from benchmarks.figures import KEYS


def compute(delivered: Deliveries, target: Path) -> None:
    """Write the figures of all organisations to a Parquet file."""
    item = pd.read_csv(delivered.tables / "item.csv")
    codebook = pd.read_csv(delivered.tables / "codebook.csv", dtype={"raw_value": str})
    service = pd.read_csv(delivered.tables / "service.csv")
    channel = pd.read_csv(delivered.tables / "channel.csv")
    score = item.merge(codebook, on=["organisation_id", "column_name"])
    upward = score["value"] - score["min_value"]
    width = score["max_value"] - score["min_value"]
    score["score"] = 100 * upward.where(~score["is_reversed"], width - upward) / width
    frames = []
    for organisation_id in delivered.organisation_ids():
        counted = item.loc[item["organisation_id"] == organisation_id, "column_name"].tolist()
        for file in delivered.files(organisation_id):
            frame = pd.read_csv(
                file, sep=";", dtype=str, usecols=[survey.DAY, survey.SERVICE, survey.CHANNEL, *counted]
            )
            frame["period_id"] = frame[survey.DAY].str[:7]
            long = frame.melt(
                id_vars=["period_id", survey.SERVICE, survey.CHANNEL],
                value_vars=counted,
                var_name="column_name",
                value_name="raw_value",
            )
            frames.append(long.assign(organisation_id=organisation_id))
    answers = pd.concat(frames, ignore_index=True)
    answers = answers.merge(score, on=["organisation_id", "column_name", "raw_value"])
    answers = answers.merge(service.rename(columns={"raw_value": survey.SERVICE}), on=survey.SERVICE)
    answers = answers.merge(channel.rename(columns={"raw_value": survey.CHANNEL}), on=survey.CHANNEL)
    answers["is_positive"] = answers["score"] >= 60
    figures = answers.groupby(list(KEYS)).agg(
        n=("score", "size"),
        mean_pomp=("score", "mean"),
        variance=("score", "var"),
        share_positive=("is_positive", "mean"),
    )
    figures.reset_index().to_parquet(target)


if __name__ == "__main__":
    compute(Deliveries(Path(sys.argv[1])), Path(sys.argv[2]))
