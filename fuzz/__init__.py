"""Cases of every kind against the laws of the design, faults against the tests, and every Python against the others."""
