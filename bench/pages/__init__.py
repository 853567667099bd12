"""Pages: how long every page takes over a million spans, in the server and in a real browser.

In:  options.   Out: figures beside their targets, a row for each page and each piece of one.
Rule 1: the list of pages is the server's own table of routes; one that nobody says how to ask for fails the bench.
Rule 2: the project is loaded through the doors that a program has, and rests until its rollups are made.
Rule 3: what a page answers is looked at: a fast answer that holds nothing is a failure.
"""
