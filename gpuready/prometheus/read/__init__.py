"""What series mean: GPUs, counters, pods, periods, forecasts; helpers of the checks."""
