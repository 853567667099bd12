"""The way to a ClickHouse: one client, many threads, and the driver's many errors as three of ours."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# The driver's own annotations are loose (bare dict and Sequence); its calls are confined to this file.

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec
from clickhouse_connect import get_client
from clickhouse_connect.driver import options as driver_options
from clickhouse_connect.driver.client import Client as DriverClient
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, DataError, OperationalError
from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3.exceptions import HTTPError

from headwater.errors import BadRequest, HeadwaterError, Unavailable
from headwater.store.columns import Column
from headwater.store.settings import StoreSettings

Answer = TypeVar("Answer")
Settings = Mapping[str, Any]

_SCHEMES = {"http": "http", "https": "https", "clickhouse": "http", "clickhouses": "https"}
_PORTS = {"http": 8123, "https": 8443}
# What passes by itself or by an operator's hand: timeouts, too many queries or parts, memory, network, read-only
# replicas, no keeper, a wrong secret.
_PASSING = frozenset({3, 159, 160, 202, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 319, 394, 516, 999})
# Only these say that the rows themselves are at fault; 1002 is the front's own word for a body past its bound.
_OF_ROWS = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 128, 131, 321, 349, 407, 1002})
_POOL_CONNECTIONS = 32
_DATA_FRAMES = ("np", "pd", "arrow", "pl")


class BadRows(HeadwaterError):
    """The store cannot take these rows, now or later; the text names the table and the reason."""


class Refused(BadRequest):
    """The store understood a statement and will not run it. `code` is ClickHouse's number of the error."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class NotNow(Unavailable):
    """The store understood a statement and cannot run it now. `code` is ClickHouse's number of the error."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a store is and who asks."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def address_of(dsn: str) -> Address:
    """Read `clickhouse://user:password@host:port` (or http, https). Raises HeadwaterError when it is not one."""
    parts = urlsplit(dsn)
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise HeadwaterError(
            f"store address {parts.scheme + '://...'!r} is not understood; give clickhouse://user:password@host:8123/headwater"
        )
    return Address(
        scheme=scheme,
        host=parts.hostname,
        port=parts.port or _PORTS[scheme],
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
    )


class Client:
    """Statements to one store. Thread-safe; connects on first use and again after a failure."""

    def __init__(self, address: Address, settings: StoreSettings) -> None:
        self.address = address
        self._settings = settings
        self._lock = threading.Lock()
        self._driver: DriverClient | None = None

    def rows(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Settings | None = None
    ) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""
        return self._run(lambda driver: driver.query(sql, dict(parameters or {}), dict(settings or {})).result_rows)

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Settings | None = None) -> None:
        """Run a statement whose answer does not matter."""
        self._run(lambda driver: driver.command(sql, dict(parameters or {}), settings=dict(settings or {})))

    def raw(
        self, sql: str, output: str, parameters: Mapping[str, Any], settings: Settings, database: str = ""
    ) -> bytes:
        """Run a statement and return its answer in the format `output`, from within `database`."""
        wanted = {**settings, "database": database} if database else dict(settings)
        return self._run(
            lambda driver: driver.raw_query(sql, dict(parameters), wanted, output, use_database=not database)
        )

    def insert(
        self, table: str, columns: Sequence[Column], values: Sequence[Sequence[Any]], settings: Settings
    ) -> None:
        """Insert rows given column by column. Raises BadRows when the values do not fit, Unavailable when not now."""
        try:
            self._insert(table, columns, values, settings)
        except UnicodeEncodeError:
            self._insert(table, columns, _encodable(values), settings)

    def _insert(
        self, table: str, columns: Sequence[Column], values: Sequence[Sequence[Any]], settings: Settings
    ) -> None:
        def send(driver: DriverClient) -> None:
            driver.insert(
                table,
                values,
                column_names=[column.name for column in columns],
                column_type_names=[column.type for column in columns],
                column_oriented=True,
                settings=dict(settings),
            )

        try:
            self._run(send)
        except Refused as error:
            if error.code in _OF_ROWS:
                raise BadRows(f"rows for table {table!r} are refused: {error}") from error
            raise Unavailable(f"table {table!r} takes no rows now: {error}") from error
        except UnicodeEncodeError:
            raise
        except (ClickHouseError, ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
            raise BadRows(f"rows for table {table!r} do not fit its columns: {error}") from error

    def _run(self, ask: Callable[[DriverClient], Answer]) -> Answer:
        try:
            return ask(self._connected())
        except DataError:
            raise
        except DatabaseError as error:
            raise _meant(error) from error
        except (OSError, HTTPError) as error:
            raise Unavailable(f"the store at {self._shown()} does not answer: {error}") from error

    def _connected(self) -> DriverClient:
        with self._lock:
            if self._driver is None:
                self._driver = self._connect()
            return self._driver

    def _connect(self) -> DriverClient:
        _keep_data_frames_out()
        address = self.address
        return get_client(
            interface=address.scheme,
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            compress=False,
            connect_timeout=self._settings.connect_timeout_s,
            send_receive_timeout=self._settings.timeout_s,
            autogenerate_session_id=False,
            form_encode_query_params=True,
            pool_mgr=get_pool_manager(maxsize=_POOL_CONNECTIONS, num_pools=2),
        )

    def _shown(self) -> str:
        return f"{self.address.host}:{self.address.port}"


def _keep_data_frames_out() -> None:
    """The driver looks for data frames among the rows it is given and imports pandas and numpy for it (60 MB, a
    second), unless it is told that there are none."""
    for library in _DATA_FRAMES:
        if library not in vars(driver_options):
            setattr(driver_options, library, None)


def _meant(error: DatabaseError) -> HeadwaterError:
    """What the driver's error means for us; an error of the transport carries no code."""
    text = str(error).partition("server response: ")[2].partition(" (for url")[0] or str(error)
    if isinstance(error, OperationalError) or error.code in _PASSING:
        return NotNow(f"the store cannot do this now: {text[:500]}", error.code or 0)
    return Refused(text, error.code or 0)


def _encodable(values: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The values with lone surrogates, which UTF-8 cannot hold, as question marks."""
    return [[_utf8(value) for value in column] for column in values]


def _utf8(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case tuple():
            return tuple(_utf8(item) for item in value)
        case dict():
            return {_utf8(key): _utf8(item) for key, item in value.items()}
        case _:
            return value
