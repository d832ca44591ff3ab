"""Each check of Prometheus, turned to pass, fail and unknown by data in a real one."""
