"""The active checks on the served API, with pods that are played by real processes."""
