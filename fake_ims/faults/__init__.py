"""Faults: what should go wrong."""
