"""Monitors of frameworks, one module each."""
