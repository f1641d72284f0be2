"""The tests, one folder per room; `acceptance` drives the command line only."""
