"""Pulse: its old names for a program, and its old wires for the server."""
