"""Anthropic's endpoints. One file an endpoint family."""
