"""Alerts: the conditions that a project watches, how they stand, whom they tell, and what they told."""

from sqlalchemy import Engine, or_, select, update

from headwater import clock
from headwater.access import tables
from headwater.access.alert_channels import AlertChannels
from headwater.access.alert_history import AlertHistory
from headwater.access.alert_rules import AlertRules
from headwater.access.engine import writing_alone
from headwater.access.vault import Vault

_WATCH = "watch"


class Alerts:
    """The families of alerts, each with its own words, and the turn of who watches."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self.rules = AlertRules(engine)
        self.history = AlertHistory(engine)
        self.channels = AlertChannels(engine, vault)

    def take_watch(self, holder: str, for_s: float) -> bool:
        """Whether it is this holder, of all who share the catalog, who watches for the next `for_s`."""
        columns, now = tables.alert_leases.c, clock.now_ns()
        values = {"holder": holder, "until_ns": now + int(for_s * 1e9)}
        with writing_alone(self._engine) as connection:
            free = or_(columns.holder == holder, columns.until_ns <= now)
            mine = update(tables.alert_leases).where(columns.name == _WATCH, free)
            if connection.execute(mine.values(values)).rowcount:
                return True
            if connection.execute(select(columns.name).where(columns.name == _WATCH)).first() is not None:
                return False
            connection.execute(tables.alert_leases.insert().values(name=_WATCH, **values))
        return True

    def leave_watch(self, holder: str) -> None:
        """Let another watch at once."""
        columns = tables.alert_leases.c
        with writing_alone(self._engine) as connection:
            mine = update(tables.alert_leases).where(columns.name == _WATCH, columns.holder == holder)
            connection.execute(mine.values(until_ns=0))
