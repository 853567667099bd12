"""Tropir's import name: everything is in `tropir.session_utils` and `tropir.rerun`, as it was."""
