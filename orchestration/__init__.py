"""Runs the night: Dagster definitions, the command line, publication.

Thin shells around `sources`, `expectations`, `disclosure` and the dbt project; no rule of the domain stands here.
"""
