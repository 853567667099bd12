"""What can be set about alerts, and about the server that their e-mail goes through."""

from typing import Literal

import msgspec

from headwater.errors import HeadwaterError


class AlertsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How often alerts are looked at, and how hard it is tried to tell of them."""

    is_on: bool = True
    """Whether this server looks at alerts; of several on one catalog one does, and another when it is gone
    (env HEADWATER_ALERTS_IS_ON)."""

    every_s: int = 60
    """Seconds between looks at windows of 5 and 15 minutes, a part of 60; longer windows are looked at every 5 or 15
    minutes (env HEADWATER_ALERTS_EVERY_S)."""

    delay_s: int = 60
    """Seconds after its end that a window is looked at, for what comes late to be in it
    (env HEADWATER_ALERTS_DELAY_S)."""

    allow_private: bool = False
    """Let webhooks go to private and loopback addresses; link-local and metadata ones never
    (env HEADWATER_ALERTS_ALLOW_PRIVATE)."""

    timeout_s: float = 10.0
    """Seconds that a channel has for each step of an answer (env HEADWATER_ALERTS_TIMEOUT_S)."""

    tries: int = 6
    """How often it is tried to tell a channel, over about an hour and a half (env HEADWATER_ALERTS_TRIES)."""

    kept_firings: int = 500
    """How many times that it fired are kept of each alert (env HEADWATER_ALERTS_KEPT_FIRINGS)."""

    def check(self) -> None:
        """Raise HeadwaterError for what cannot be meant."""
        if not 1 <= self.every_s <= 60 or 60 % self.every_s:
            raise HeadwaterError(f"HEADWATER_ALERTS_EVERY_S {self.every_s} is no part of a minute: choose 60, 30 or 15")
        if self.delay_s < 0 or self.timeout_s <= 0 or self.tries < 1 or self.kept_firings < 1:
            raise HeadwaterError("HEADWATER_ALERTS_DELAY_S, _TIMEOUT_S, _TRIES and _KEPT_FIRINGS must be positive")


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server that notices of alerts go through; without a host there is no e-mail."""

    host: str = ""
    """Name of the mail server; empty for no e-mail (env HEADWATER_SMTP_HOST)."""

    port: int = 587
    """Port of the mail server: 587 for STARTTLS, 465 for TLS from the beginning (env HEADWATER_SMTP_PORT)."""

    security: Literal["starttls", "tls", "none"] = "starttls"
    """starttls, tls, or none for a server that is on this machine or this network (env HEADWATER_SMTP_SECURITY)."""

    user: str = ""
    """User to log in as; empty to send without a login (env HEADWATER_SMTP_USER)."""

    password: str = ""
    """Password of that user (env HEADWATER_SMTP_PASSWORD)."""

    sender: str = ""
    """Address that e-mail comes from, such as headwater@example.com (env HEADWATER_SMTP_SENDER)."""

    ca_file: str = ""
    """File of certificates in PEM to trust beside the system's own (env HEADWATER_SMTP_CA_FILE)."""

    def check(self) -> None:
        """Raise HeadwaterError for what cannot be meant."""
        if self.host and "@" not in self.sender:
            raise HeadwaterError("HEADWATER_SMTP_SENDER: name the address that e-mail comes from")
        if not 1 <= self.port <= 65535:
            raise HeadwaterError(f"HEADWATER_SMTP_PORT {self.port} is no port: choose 1 to 65535")
