"""Shown: how answers are put on a page: numbers, times, charts, messages.

In:  typed answers of the query room.   Out: small frozen structs and text for the templates.
Rule 1: pure; no clock (the present is a parameter), no request, no HTML (escaping is the templates' business).
Rule 2: what nobody knows is shown as a dash with the reason, never as 0.
"""
