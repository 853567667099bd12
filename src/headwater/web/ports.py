"""Ports: what the pages and the API need from rooms that they may not look at; the server room fills them."""

from collections.abc import Callable

import msgspec

from headwater.access import Catalog
from headwater.alerts import Trial
from headwater.event import Edit
from headwater.query import Questions
from headwater.web.deliveries import Deliveries, DeliveriesAsked
from headwater.web.health import HealthShown
from headwater.web.receipts import Receipts, ReceiptsAsked
from headwater.web.repricings import Repricings
from headwater.web.setup import Setup
from headwater.web.wishes import Wishes


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: str
    name: str


class ProjectListed(msgspec.Struct, frozen=True, kw_only=True):
    """A project that a person may look at."""

    id: str
    name: str


class WebPorts(msgspec.Struct, frozen=True, kw_only=True):
    """The sockets of this room, one callable each. All are called in worker threads and may block.

    `questions`      a project's id -> what can be asked of it.
    `redeem_login`   the token of a one-time link -> the value of a new session cookie, None when used up or unknown.
    `person`         a session cookie's value -> who it is, None when it has ended.
    `logout`         ends the session of a cookie's value.
    `key_project`    a presented project key -> the project's id, None when unknown or revoked.
    `projects`       the projects that a person may look at, the first being the one shown at first.
    `catalog`        what is kept beside the spans: projects and keys, and all that people set or save.
    `edit`           a project's id and what somebody does to its traces -> whether it can be seen already; it is
                     durable on return.
    `setup`          what the server was told when it started; does not block.
    `health`         the state of the whole server, as it is now.
    `deliveries`     what became of the items that SDKs made.
    `receipts`       what came with which key and when, whoever sent it.
    `wishes`         the quarantine, what the journal keeps, and loading again.
    `repricings`     pricing stored calls anew.
    `trial`          sends a test to a channel of a project and says what that answered.
    `is_stopping`    whether the server ends, so that answers without an end of their own end too; does not block.
    """

    questions: Callable[[str], Questions]
    redeem_login: Callable[[str], str | None]
    person: Callable[[str], Person | None]
    logout: Callable[[str], None]
    key_project: Callable[[str], str | None]
    projects: Callable[[Person], tuple[ProjectListed, ...]]
    catalog: Catalog
    edit: Callable[[str, tuple[Edit, ...]], bool]
    setup: Callable[[], Setup]
    health: Callable[[], HealthShown]
    deliveries: Callable[[DeliveriesAsked], Deliveries]
    receipts: Callable[[ReceiptsAsked], Receipts]
    wishes: Wishes
    repricings: Repricings
    trial: Trial
    is_stopping: Callable[[], bool]
