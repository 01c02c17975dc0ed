"""Benchmarks: sesmime beside the standard library, as ratios within one run (`python -m benchmarks`)."""
