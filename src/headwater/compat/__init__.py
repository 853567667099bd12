"""Compat: the clients of five other products, at home here; one folder each, which none of the others knows.

In:  what their old packages send, or what their users call.   Out: envelopes and spans as everybody's.
Rule 1: `door.py` is the server's side and `api.py` the client's; neither imports the other.
Rule 2: answers have the product's own codes and shapes; a bad item never takes its neighbours along.
Rule 3: nothing here is imported before somebody uses that product.
"""
