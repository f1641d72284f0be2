"""Dashboards: Superset over the published file, as code.

Belongs here: the pages a person reviews (`pages/`), what every dataset gets beside its mart (`datasets.yml`) and the
modules that turn both into an import bundle; the server's configuration, who sees what (`access.yml`), its start-up.
Does not belong here: any figure, and any node, label or organisation of a model: what stands here knows the published
marts and nothing else. The room is not named after the package it configures, which it would hide from Python.
"""
