"""What the objects of a cluster mean: GPUs of nodes and pods, engines, namespaces, conditions, quantities."""
