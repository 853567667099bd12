"""Integrations: what agents' frameworks tell, as events. None of the frameworks is imported before a monitor is made.

In:  a framework's callbacks.   Out: batches of events, in the background; governance, in the background too.
Rule 1: a callback returns at once and raises nothing, whatever it is given.
Rule 2: what the framework calls a thing is what the event says; long texts and lists are cut.
"""
