"""Firewall: a session's way past it, and what happens when it cannot be asked."""

import logging

from headwater.compat.layer_sdk.client.asking import Asking
from headwater.compat.layer_sdk.client.exceptions import LayerFirewallSessionBlocked
from headwater.compat.layer_sdk.client.schemas import FirewallLookupDecision

_log = logging.getLogger("headwater.compat.layer_sdk")


class Firewall:
    """Stops what belongs to a blocked session. `is_closed` says what holds while it gives no decision: True stops
    everything, False, Layer's own way, lets everything pass."""

    def __init__(self, asking: Asking, is_closed: bool) -> None:
        self._asking = asking
        self._is_closed = is_closed

    def admit(self, session_id: str) -> None:
        """Return if the session may go on. Raises LayerFirewallSessionBlocked.

        It is asked once, so that a firewall that is down costs a call one timeout at most.
        """
        try:
            found = self._asking.firewall_session(session_id, is_patient=False)
        except Exception as error:
            if self._is_closed:
                raise LayerFirewallSessionBlocked(
                    f"Session '{session_id}' is stopped: the firewall gave no decision, and firewall_fail_closed is set"
                ) from error
            _log.warning("the firewall gave no decision; the session goes on: %s", type(error).__name__)
            return
        if found.decision is FirewallLookupDecision.BLOCK:
            raise LayerFirewallSessionBlocked(f"Session '{session_id}' is blocked by the firewall")
