"""gpuready: bring a GPU inference cluster to readiness, from one terminal."""

__version__ = "0.1.0"
