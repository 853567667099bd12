"""Pages: what people look at, one file a page.

In:  a browser's request.   Out: HTML drawn by a template of ours.
Rule 1: a handler unpacks, asks, shapes, draws; it knows no table and no SQL.
Rule 2: everything a page shows comes from the questions that the JSON API answers too.
"""
