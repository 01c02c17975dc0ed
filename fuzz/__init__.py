"""Mutated messages against the laws of `tests.laws`."""
