"""What the panel shows: charts of signals, kept up to date."""
