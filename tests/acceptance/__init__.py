"""Acceptance tests: the command line on temporary buckets, judged by the contract alone."""
