"""Limits: what a key may still do, counted in memory that all edges of a machine share."""
