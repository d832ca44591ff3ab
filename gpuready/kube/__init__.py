"""All that speaks Kubernetes: access, reading, the checks, and the jobs that test a cluster from inside."""
