"""All that speaks Prometheus: the connection, the signals and what they resolve to, the checks, the history
for the panel.  Thanos, Mimir and VictoriaMetrics speak the same API."""
