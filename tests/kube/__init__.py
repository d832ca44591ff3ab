"""The Kubernetes half of gpuready against an API served on loopback, or a real kube-apiserver."""
