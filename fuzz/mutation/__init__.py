"""Mutation testing: small faults put into the modules that guard, each to be found by their tests."""
