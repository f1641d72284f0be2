"""The gate as the night calls it: what is judged, against what history, and the verdicts into the ledger."""
