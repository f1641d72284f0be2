"""The golden numbers once more, by R's packages `survey` and `psych`; skipped where R is not installed."""
