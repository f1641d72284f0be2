"""Dashboards: Superset over the published file, as code.

Belongs here: its configuration, who sees what (`access.yml`), the start-up, the API client, and the dashboards
themselves (`assets/`). Does not belong here: any figure; what stands here knows the published marts and nothing else.
The room is not named after the package it configures, which it would hide from Python.
"""
