"""The parts of the Kubernetes API that the tests serve on loopback."""
