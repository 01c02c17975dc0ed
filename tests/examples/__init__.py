"""Worked examples: whole small programs, each run by tests/test_examples.py."""
