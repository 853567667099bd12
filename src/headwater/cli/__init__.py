"""Command line: one file a command, nothing in it but asking, calling and saying.

In:  arguments.   Out: text for people, JSON and CSV for programs; exit code 0 when done, 1 when not, 2 for misuse.
Rule 1: a command says what went wrong in one line with the remedy; a traceback is a defect.
Rule 2: whatever waits long shows how far it is.
"""

from headwater.cli.entry import main as main
