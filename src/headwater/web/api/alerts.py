"""The routes of alerts: what a project's key or a person may read, and what a person may change.

No address of a channel is in any answer.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from headwater.access import Address, AlertRule, Catalog
from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.query import read_time
from headwater.web.alerting import (
    AlertShown,
    ChannelShown,
    Firings,
    FiringsShown,
    TriedShown,
    WouldShown,
    alert_kept,
    alert_shown,
    alerts_kept,
    channel_shown,
    firings_kept,
    looked_back,
    rule_wanted,
    save_rule,
    would_shown,
)
from headwater.web.api.answering import encoded
from headwater.web.api.schema import answers
from headwater.web.desk import Desk, Visitor

_Project = Annotated[str, Query(description="project id, with a browser session that sees several")]
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Condition(BaseModel):
    """A condition on a series. Thresholds are in the measure's unit: a share from 0 to 1, milliseconds, US dollars, a
    count; of an unusual comparison, so many spreads from the median of the same hour of past weeks."""

    model_config = _STRICT

    measure: str = Field(
        description="error_rate, errors, p50, p95, p99, ttft_p95, calls, cost, tokens, unpriced_calls or no_data"
    )
    comparison: Literal["above", "below", "unusually_high", "unusually_low"] = "above"
    threshold: float = Field(default=0, description="not needed for no_data")
    window: Literal["5m", "15m", "1h", "6h", "1d", "month"] = Field(
        default="5m", description="what each value is of; month is the month so far, in UTC"
    )
    weeks: int = Field(default=4, description="past weeks that an unusual value is compared with")
    hold_s: int = Field(default=0, description="seconds that it must hold before it fires")
    filters: str = Field(default="", max_length=8_000, description="query string of a list of calls, such as model=a")

    def rule(self, project: str) -> AlertRule:
        """The rule that is wanted; raises BadRequest."""
        fields = self.model_dump(exclude={"filters"})
        return rule_wanted(project, self.filters, now_ns(), **fields)


class WantedAlert(Condition):
    """An alert as it is to be."""

    name: str = Field(max_length=400)
    severity: Literal["info", "warning", "critical"] = "warning"
    repeat_s: int = Field(default=0, description="seconds after which a firing alert is told again; 0 for never")
    channels: tuple[str, ...] = Field(default=(), max_length=50, description="ids of the channels to tell")
    is_on: bool = True


class Tested(Condition):
    """A condition to look back with."""

    past: Literal["1d", "7d", "28d"] = Field(default="7d", description="how far to look back")
    project: str = Field(default="", description="project id, with a browser session that sees several")


class Silence(BaseModel):
    """How long nobody is to be told."""

    model_config = _STRICT

    until: str = Field(default="", description="RFC 3339 or Unix nanoseconds; empty ends the silence")


class WantedChannel(BaseModel):
    """A channel as it is to be; its address is encrypted and in no answer."""

    model_config = _STRICT

    name: str = Field(max_length=400)
    kind: Literal["webhook", "slack", "email"]
    url: str = Field(default="", max_length=2_000, description="of a webhook, or of what takes Slack's")
    secret: str = Field(default="", max_length=200, description="signs what goes to a webhook; none when not given")
    to: tuple[str, ...] = Field(default=(), max_length=20, description="recipients of e-mail")


def add_alerts(router: APIRouter, desk: Desk) -> None:
    """Add the routes of alerts, their history, and their channels."""
    kept = _Kept(desk)
    _add_channels(router, desk, kept)
    _add_looking(router, desk, kept)
    _add_rules(router, kept)
    _add_doing(router, desk, kept)


class _Kept:
    """The catalog as a request may ask and change it; both are given the visitor's project."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def read(self, request: Request, question: Callable[[Catalog, str], Any]) -> Response:
        """Answer a project's key or a person."""
        visitor = await self._desk.visitor(request)
        return encoded(await self._desk.asker.ask(lambda: question(self._desk.ports.catalog, visitor.project)))

    async def change(self, request: Request, change: Callable[[Catalog, str], Any]) -> Response:
        """Do what a person wants."""
        visitor = await self._desk.changer(request)
        return encoded(await self._desk.asker.ask(lambda: change(self._desk.ports.catalog, visitor.project)))


def _add_rules(router: APIRouter, kept: _Kept) -> None:
    @router.get("/alerts", **answers(tuple[AlertShown, ...]))
    async def alerts(request: Request, project: _Project = "") -> Response:
        """The project's alerts and how each stands, those that fire first."""
        return await kept.read(request, alerts_kept)

    @router.post("/alerts", **answers(AlertShown))
    async def add_alert(request: Request, wanted: WantedAlert, project: _Project = "") -> Response:
        """Watch for something."""
        return await kept.change(request, lambda catalog, of: alert_shown(save_rule(catalog, wanted.rule(of)), None))

    @router.get("/alerts/{alert_id}", **answers(AlertShown))
    async def alert(request: Request, alert_id: str, project: _Project = "") -> Response:
        """One alert and how it stands."""
        return await kept.read(request, lambda catalog, of: alert_kept(catalog, of, alert_id))

    @router.put("/alerts/{alert_id}", **answers(AlertShown))
    async def change_alert(request: Request, alert_id: str, wanted: WantedAlert, project: _Project = "") -> Response:
        """Change an alert as a whole; with another condition it begins anew. A silence stays."""

        def change(catalog: Catalog, of: str) -> AlertShown:
            before = catalog.alerts.rules.one(of, alert_id)
            rule = msgspec.structs.replace(wanted.rule(of), id=alert_id, silenced_until_ns=before.silenced_until_ns)
            save_rule(catalog, rule)
            return alert_kept(catalog, of, alert_id)

        return await kept.change(request, change)

    @router.delete("/alerts/{alert_id}", **answers(AlertShown))
    async def remove_alert(request: Request, alert_id: str, project: _Project = "") -> Response:
        """Forget an alert with its history."""

        def remove(catalog: Catalog, of: str) -> AlertShown:
            shown = alert_kept(catalog, of, alert_id)
            catalog.alerts.rules.remove(of, alert_id)
            return shown

        return await kept.change(request, remove)


def _add_looking(router: APIRouter, desk: Desk, kept: _Kept) -> None:
    @router.get("/alerts/firing", **answers(Firings))
    async def firing(request: Request, project: _Project = "") -> Response:
        """How many alerts fire now and are not silenced."""
        return await kept.read(request, lambda catalog, of: Firings(firing=catalog.alerts.rules.count_firing(of)))

    @router.get("/alerts/would", **answers(WouldShown))
    async def would(request: Request, asked: Annotated[Tested, Query()]) -> Response:
        """What a condition would have seen over days past, as they are known now, and when it would have fired."""
        visitor = await desk.visitor(request)
        condition = Condition(**asked.model_dump(exclude={"past", "project"}))
        rule, now = condition.rule(visitor.project), now_ns()
        found = await desk.ask(visitor, lambda q: looked_back(q, rule, asked.past, now))
        return encoded(would_shown(rule, found))

    @router.get("/alerts/{alert_id}/history", **answers(FiringsShown))
    async def history(
        request: Request,
        alert_id: str,
        before: Annotated[str, Query(description="began before, RFC 3339 or Unix nanoseconds")] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        project: _Project = "",
    ) -> Response:
        """When an alert fired, the newest first, and what each channel was told and answered."""
        before_ns = read_time(before, "before") or 0
        return await kept.read(request, lambda catalog, of: firings_kept(catalog, of, alert_id, limit, before_ns))


def _add_doing(router: APIRouter, desk: Desk, kept: _Kept) -> None:
    @router.post("/alerts/{alert_id}/silence", **answers(AlertShown))
    async def silence(request: Request, alert_id: str, wanted: Silence, project: _Project = "") -> Response:
        """Tell nobody of an alert before a time. It is watched, and told of afterwards if it still fires then."""
        until_ns = read_time(wanted.until, "until") or 0

        def change(catalog: Catalog, of: str) -> AlertShown:
            catalog.alerts.rules.silence(of, alert_id, until_ns)
            return alert_kept(catalog, of, alert_id)

        return await kept.change(request, change)

    @router.post("/alerts/{alert_id}/test", **answers(tuple[TriedShown, ...]))
    async def test(request: Request, alert_id: str, project: _Project = "") -> Response:
        """Send a test of an alert to each of its channels now, and answer what they did."""
        visitor = await desk.changer(request)
        rule = await desk.asker.ask(lambda: desk.ports.catalog.alerts.rules.one(visitor.project, alert_id))
        if not rule.channels:
            raise BadRequest("channels: this alert tells no channel; choose one first")
        return encoded([await try_channel(desk, visitor, each, rule) for each in rule.channels])


def _add_channels(router: APIRouter, desk: Desk, kept: _Kept) -> None:
    @router.get("/alerts/channels", **answers(tuple[ChannelShown, ...]))
    async def channels(request: Request, project: _Project = "") -> Response:
        """Where the project's alerts can be told."""
        return await kept.read(
            request, lambda catalog, of: [channel_shown(each) for each in catalog.alerts.channels.all(of)]
        )

    @router.post("/alerts/channels", **answers(ChannelShown))
    async def add_channel(request: Request, wanted: WantedChannel, project: _Project = "") -> Response:
        """Add a channel. Its address is in no answer, this one included."""
        address = Address(url=wanted.url, secret=wanted.secret, to=wanted.to)
        return await kept.change(
            request,
            lambda catalog, of: channel_shown(catalog.alerts.channels.add(of, wanted.name, wanted.kind, address)),
        )

    @router.delete("/alerts/channels/{channel_id}", **answers(ChannelShown))
    async def remove_channel(request: Request, channel_id: str, project: _Project = "") -> Response:
        """Forget a channel; alerts that told it tell it no more."""
        return await kept.change(
            request, lambda catalog, of: channel_shown(catalog.alerts.channels.remove(of, channel_id))
        )

    @router.post("/alerts/channels/{channel_id}/test", **answers(TriedShown))
    async def test_channel(request: Request, channel_id: str, project: _Project = "") -> Response:
        """Send a test to a channel now, and answer what it did."""
        visitor = await desk.changer(request)
        return encoded(await try_channel(desk, visitor, channel_id))


async def try_channel(desk: Desk, visitor: Visitor, channel_id: str, rule: AlertRule | None = None) -> TriedShown:
    """Send a test, in a thread that no question waits for. Raises NotFound."""
    name = next((each.name for each in visitor.projects if each.id == visitor.project), visitor.project)
    tried = await run_in_threadpool(desk.ports.trial.send, visitor.project, name, channel_id, rule)
    return TriedShown(is_good=tried.answered.is_good, answer=tried.answered.text)
