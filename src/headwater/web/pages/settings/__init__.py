"""The settings pages: what people set up in the page, which the catalog keeps, and what the server was told.

Rule 1: a key is in one answer only, that to the form which made it; a provider's secret in none.
Rule 2: what cannot be done is the same page again, with status 400, the words typed, and the reason beside the field.
Rule 3: what takes something away asks first, on a page of its own.
"""
