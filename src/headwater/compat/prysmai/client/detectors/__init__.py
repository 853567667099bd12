"""Detectors: what an agent's events give away while they are reported, without asking the server.

In:  events of a session, one at a time.   Out: detections, told to the server in the background.
Rule 1: a detector keeps what it needs of the past and no more.
Rule 2: severity "halt" says that the program should stop; it is stopped only by a detector with `enforce()`.
"""
