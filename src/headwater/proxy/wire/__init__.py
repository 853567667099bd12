"""Wire: what requests and answers say, and what may be said further on. Pure, but that `guard` looks names up."""
