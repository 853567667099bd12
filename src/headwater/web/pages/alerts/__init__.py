"""Alerts: the list, one alert with when it would have fired, and the channels that are told."""
