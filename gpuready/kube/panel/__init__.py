"""The cluster as the panel shows it: small facts of nodes, pods, engines and warnings, kept by watching."""
