"""Alert rules: where the conditions rest, and how each of them stands."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from headwater import clock, ids
from headwater.access import tables
from headwater.access.alert_nouns import AlertRule, Firing, Phase, Standing, Telling
from headwater.access.engine import reading, writing, writing_alone
from headwater.errors import BadRequest, NotFound

_MOST = 200
_FIELDS = tuple(name for name in AlertRule.__struct_fields__ if name != "channels")
# Another condition is another alert: how it stood says nothing any more.
_CONDITION = ("measure", "comparison", "threshold", "window", "weeks", "hold_s", "filters")
_STANDING = Standing.__struct_fields__


class AlertRules:
    """The rules of all projects. Blocking; a project goes by its id."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, project_id: str) -> list[AlertRule]:
        """The rules of a project, by name."""
        columns = tables.alert_rules.c
        wanted = select(tables.alert_rules).where(columns.project_id == project_id).order_by(columns.name, columns.id)
        with reading(self._engine) as connection:
            return [_rule(row) for row in connection.execute(wanted)]

    def watched(self) -> list[tuple[AlertRule, Standing]]:
        """The rules of all projects that are on, with how each stands."""
        rules, standings = tables.alert_rules, tables.alert_standings
        both = rules.outerjoin(standings, rules.c.id == standings.c.rule_id)
        wanted = select(rules, *[column.label(f"s_{column.name}") for column in standings.c]).select_from(both)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(rules.c.is_on).order_by(rules.c.created_ns, rules.c.id)).all()
        return [(_rule(row), Standing() if row.s_rule_id is None else _standing(row, "s_")) for row in rows]

    def one(self, project_id: str, rule_id: str) -> AlertRule:
        """One rule. Raises NotFound."""
        with reading(self._engine) as connection:
            return _one(connection, project_id, rule_id)

    def add(self, rule: AlertRule) -> AlertRule:
        """Keep a rule; return it with its id, which is made where it has none.

        Raises BadRequest for a name that is taken, and past a bound.
        """
        now = clock.now_ns()
        rule = msgspec.structs.replace(rule, id=rule.id or ids.short_id(), created_ns=now, changed_ns=now)
        try:
            with writing_alone(self._engine) as connection:
                _check_room(connection, rule.project_id)
                connection.execute(tables.alert_rules.insert().values(_values(rule)))
        except IntegrityError:
            raise BadRequest(f"name: an alert {rule.name!r} is there already; choose another name") from None
        return rule

    def change(self, rule: AlertRule) -> AlertRule:
        """Put a rule in the place of the one with its id; where its condition is another one, it begins anew.

        Raises NotFound, and BadRequest for a name that is taken.
        """
        try:
            with writing_alone(self._engine) as connection:
                before = _one(connection, rule.project_id, rule.id)
                rule = msgspec.structs.replace(rule, created_ns=before.created_ns, changed_ns=clock.now_ns())
                connection.execute(_update(rule.id).values(_values(rule)))
                if any(getattr(before, name) != getattr(rule, name) for name in _CONDITION) or not rule.is_on:
                    begin_anew(connection, rule.id)
        except IntegrityError:
            raise BadRequest(f"name: an alert {rule.name!r} is there already; choose another name") from None
        return rule

    def silence(self, project_id: str, rule_id: str, until_ns: int) -> AlertRule:
        """Tell nobody of an alert before then; 0 ends a silence. Raises NotFound."""
        with writing(self._engine) as connection:
            rule = _one(connection, project_id, rule_id)
            connection.execute(_update(rule_id).values(silenced_until_ns=until_ns))
        return msgspec.structs.replace(rule, silenced_until_ns=until_ns)

    def remove(self, project_id: str, rule_id: str) -> None:
        """Forget a rule with its history. Raises NotFound."""
        with writing(self._engine) as connection:
            _one(connection, project_id, rule_id)
            connection.execute(delete(tables.alert_rules).where(tables.alert_rules.c.id == rule_id))

    def standings(self, project_id: str) -> Mapping[str, Standing]:
        """How the rules of a project stand, by their ids; those not looked at yet are left out."""
        standings, rules = tables.alert_standings, tables.alert_rules
        wanted = select(standings).join(rules, rules.c.id == standings.c.rule_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(rules.c.project_id == project_id)).all()
        return {row.rule_id: _standing(row) for row in rows}

    def count_firing(self, project_id: str) -> int:
        """How many alerts of a project fire now and are not silenced."""
        standings, rules = tables.alert_standings.c, tables.alert_rules.c
        wanted = select(func.count()).select_from(tables.alert_standings.join(tables.alert_rules))
        wanted = wanted.where(rules.project_id == project_id, standings.phase == "firing")
        with reading(self._engine) as connection:
            return connection.execute(wanted.where(rules.silenced_until_ns <= clock.now_ns())).scalar_one()

    def advance(
        self, rule: AlertRule, before: Standing, after: Standing, firings: Sequence[Firing], tellings: Sequence[Telling]
    ) -> bool:
        """Note in one step how a rule stands now, the lines of its history that began or ended, and what is to be told.

        False, and nothing is noted, where rule or standing are no longer those that were looked at.
        """
        with writing_alone(self._engine) as connection:
            columns = tables.alert_rules.c
            kept = connection.execute(select(columns.changed_ns).where(columns.id == rule.id)).scalar()
            if kept != rule.changed_ns or not _replace(connection, rule.id, before, after):
                return False
            for firing in firings:
                _keep_firing(connection, firing)
            for telling in tellings:
                connection.execute(tables.alert_tellings.insert().values(msgspec.structs.asdict(telling)))
        return True


def begin_anew(connection: Connection, rule_id: str) -> None:
    """Forget how a rule stands, and end the line of its history that is open."""
    connection.execute(delete(tables.alert_standings).where(tables.alert_standings.c.rule_id == rule_id))
    columns = tables.alert_firings.c
    is_open = update(tables.alert_firings).where(columns.rule_id == rule_id, columns.ended_ns == 0)
    connection.execute(is_open.values(ended_ns=clock.now_ns()))


def _replace(connection: Connection, rule_id: str, before: Standing, after: Standing) -> bool:
    columns, values = tables.alert_standings.c, msgspec.structs.asdict(after)
    changed = update(tables.alert_standings).where(columns.rule_id == rule_id, columns.looked_ns == before.looked_ns)
    if connection.execute(changed.values(values)).rowcount:
        return True
    if connection.execute(select(columns.rule_id).where(columns.rule_id == rule_id)).first() is not None:
        return False
    connection.execute(tables.alert_standings.insert().values(rule_id=rule_id, **values))
    return True


def _keep_firing(connection: Connection, firing: Firing) -> None:
    values = {name: value for name, value in msgspec.structs.asdict(firing).items() if name != "tellings"}
    changed = update(tables.alert_firings).where(tables.alert_firings.c.id == firing.id)
    if not connection.execute(changed.values(values)).rowcount:
        connection.execute(tables.alert_firings.insert().values(values))


def _check_room(connection: Connection, project_id: str) -> None:
    columns = tables.alert_rules.c
    count = connection.execute(select(func.count()).where(columns.project_id == project_id)).scalar_one()
    if count >= _MOST:
        raise BadRequest(f"name: a project keeps at most {_MOST} alerts; delete one that nobody needs")


def _update(rule_id: str) -> Any:
    return update(tables.alert_rules).where(tables.alert_rules.c.id == rule_id)


def _one(connection: Connection, project_id: str, rule_id: str) -> AlertRule:
    columns = tables.alert_rules.c
    wanted = select(tables.alert_rules).where(columns.project_id == project_id, columns.id == rule_id)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(f"no alert with the id {rule_id[:40]!r} in this project")
    return _rule(row)


def _values(rule: AlertRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _FIELDS} | {"channels": ",".join(rule.channels)}


def _rule(row: Row[Any]) -> AlertRule:
    channels = tuple(channel for channel in row.channels.split(",") if channel)
    return AlertRule(**{name: getattr(row, name) for name in _FIELDS}, channels=channels)


def _standing(row: Row[Any], mark: str = "") -> Standing:
    phase: Phase = getattr(row, f"{mark}phase")
    return Standing(phase=phase, **{name: getattr(row, mark + name) for name in _STANDING if name != "phase"})
