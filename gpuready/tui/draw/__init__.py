"""Pure functions from facts to lines: no widget, no clock, no terminal."""
