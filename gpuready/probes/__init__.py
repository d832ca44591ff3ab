"""What measures: one module for each probed system, every probe declared in one place."""
