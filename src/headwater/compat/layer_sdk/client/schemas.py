"""Layer's requests and answers, as its users write them: plain dataclasses that may be changed."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from headwater.compat.layer_sdk.client.exceptions import LayerSchemaValidationError


class SessionActionKind(StrEnum):
    """What an action is."""

    EMBEDDINGS = "embeddings"
    MODERATION = "moderation"
    COMPLETION_PROMPT = "completion_prompt"
    COMPLETION_OUTPUT = "completion_output"
    COMPLETION_PROMPT_ATTACHMENT = "completion_prompt_attachment"
    COMPLETION_TOOL_CALL = "completion_tool_call"


@dataclass
class SessionActionError:
    """What went wrong in an action."""

    message: str
    code: int | None = None
    details: dict[str, Any] | None = None


@dataclass
class SessionActionScanner:
    """What somebody found out about an action: usage, a moderation."""

    name: str
    data: dict[str, Any]


@dataclass
class SessionActionRequest:
    """An action of a session. Times without a zone are UTC."""

    kind: SessionActionKind
    start_time: datetime
    end_time: datetime
    attributes: dict[str, Any] | None = field(default_factory=dict[str, Any])
    data: Any = None
    error: SessionActionError | None = None
    scanners: list[SessionActionScanner] | None = None


@dataclass
class SessionRequest:
    """A session that begins. Raises LayerSchemaValidationError for a `session_id` that is no UUID of version 5.

    `start_time` and `end_time` stand in Layer's README only; they are sent where they are given.
    """

    application_id: str | UUID
    session_id: str | UUID | None = None
    attributes: dict[str, Any] | None = field(default_factory=dict[str, Any])
    actions: list[SessionActionRequest] | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None

    def __post_init__(self) -> None:
        if self.session_id is None:
            return
        try:
            version = UUID(str(self.session_id)).version
        except ValueError as error:
            raise LayerSchemaValidationError(f"session_id={self.session_id!r} is not a UUID: {error}") from error
        if version != 5:
            raise LayerSchemaValidationError(f"session_id={str(self.session_id)!r}: it must be a UUID v5 (uuid.uuid5)")


class FirewallLookupDecision(StrEnum):
    """What the firewall says of a session: nothing seen yet, no violation, and the strongest action of those violated
    (monitor, inform, block)."""

    NO_DATA = "no_data"
    PASS = "pass"  # noqa: S105 - a decision's name
    SKIP = "skip"
    ALERT = "alert"
    BLOCK = "block"


@dataclass
class FirewallLookupResponseContextViolatedPolicy:
    """A policy that a session violates."""

    id: int
    name: str
    severity: str
    action: str


@dataclass
class FirewallLookupResponseContext:
    """Why the firewall decided as it did."""

    violated_policies: list[FirewallLookupResponseContextViolatedPolicy] | None = None


@dataclass
class FirewallSessionLookupResponse:
    """The firewall's word on a session. `session_id` is as the firewall wrote it."""

    session_id: str | UUID
    decision: FirewallLookupDecision
    context: FirewallLookupResponseContext


@dataclass
class ApplicationCreationRequest:
    """An application to be made."""

    name: str
    source: str


@dataclass
class ApplicationCreationResponse:
    """An application that was made."""

    application_id: str
