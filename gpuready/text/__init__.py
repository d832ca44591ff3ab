"""Languages, text that is safe for a terminal, and faults that speak to an operator."""
