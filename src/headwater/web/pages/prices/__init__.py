"""The pages of prices: those that calls have, own ones, pricing anew, and what another model would have cost."""
