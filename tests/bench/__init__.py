"""Measures what cannot be a test: figures of speed, as ratios within one run."""
