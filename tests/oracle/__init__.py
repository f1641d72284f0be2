"""The outside calculation: the sample's figures from its raw files, sharing no code with the pipeline."""
