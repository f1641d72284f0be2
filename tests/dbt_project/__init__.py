"""Tests of the room `dbt_project`: the models on tiny warehouses built from hand-made landed files."""
