"""The machine as it is now: samplers in child processes, the feed that listens to them, recordings."""
