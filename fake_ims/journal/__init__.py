"""The journal: what was called, how it was answered, and what in it means trouble."""
