"""The part of a mapping of process data: which column holds which metric.

Belongs here: the shape of `metrics`. Does not belong here: the list of metrics (`ref_process_metric`).
"""

from sources.mapping.fields import Name
from sources.mapping.parts import Located


class MetricSize(Located):
    """The column that says over how many cases a metric was taken."""


class MetricEntry(Located):
    """One metric of a process and the column that it stands in."""

    metric: Name
    n: MetricSize | None = None
