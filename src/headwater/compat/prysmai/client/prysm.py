"""PrysmClient and `monitor`: one address and one key, and everything that can be made of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from headwater.compat.prysmai.client.answered import LastAnswer
from headwater.compat.prysmai.client.config import resolve_prysm_connection
from headwater.compat.prysmai.client.proxied import Route, proxied, through, told_headers, vendor_of

if TYPE_CHECKING:
    import openai as openai_package

    from headwater.compat.prysmai.client.integrations.agent_framework import PrysmAgentFrameworkMonitor
    from headwater.compat.prysmai.client.integrations.crewai import PrysmCrewMonitor
    from headwater.compat.prysmai.client.integrations.langgraph import PrysmGraphMonitor
    from headwater.compat.prysmai.client.integrations.llamaindex import PrysmSpanHandler
    from headwater.compat.prysmai.client.mcp import PrysmMCPClient
    from headwater.compat.prysmai.client.session import PrysmSession

C = TypeVar("C")

_TIMEOUT_S = 120.0
# What the vendors' clients have when nobody says otherwise.
_VENDORS_TIMEOUT_S = 600.0


class PrysmClient:
    """An address and a key, and whatever is made of them: proxied clients, MCP, sessions, monitors.

    `timeout` is in seconds and for proxied calls. `upstream_api_key` is given to the provider in place of the stored
    credential, and `forward_headers` go on to it. Raises ValueError where key or address cannot be.
    """

    def __init__(
        self,
        prysm_key: str | None = None,
        base_url: str | None = None,
        timeout: float = _TIMEOUT_S,
        upstream_api_key: str | None = None,
        forward_headers: dict[str, str] | None = None,
    ) -> None:
        connection = resolve_prysm_connection(prysm_key=prysm_key, base_url=base_url)
        self.prysm_key = connection.prysm_key
        self.base_url = connection.base_url
        self.timeout = timeout
        self.upstream_api_key = upstream_api_key
        self.forward_headers = forward_headers
        self._route = Route(connection, told_headers(upstream_api_key, forward_headers), LastAnswer())

    def llm(self, **kwargs: Any) -> "openai_package.OpenAI":
        """Make an OpenAI client whose calls are proxied; `kwargs` are its own. Raises ImportError without openai."""
        return through(_openai().OpenAI(**self._options(kwargs)), self._route)

    def async_llm(self, **kwargs: Any) -> "openai_package.AsyncOpenAI":
        """`llm` for coroutines."""
        return through(_openai().AsyncOpenAI(**self._options(kwargs)), self._route)

    def openai(self, **kwargs: Any) -> "openai_package.OpenAI":
        """The same as `llm`."""
        return self.llm(**kwargs)

    def async_openai(self, **kwargs: Any) -> "openai_package.AsyncOpenAI":
        """The same as `async_llm`."""
        return self.async_llm(**kwargs)

    @property
    def last_trace_id(self) -> str | None:
        """The trace of the last call that this task or thread made with a client of this one."""
        return self._route.last.get().trace_id

    @property
    def last_threat_level(self) -> str | None:
        """The threat level that came with that call's answer."""
        return self._route.last.get().threat_level

    @property
    def last_threat_score(self) -> float | None:
        """The threat score that came with that call's answer."""
        return self._route.last.get().threat_score

    def mcp(self, timeout: float = 60.0) -> "PrysmMCPClient":
        """Make a client of the server's MCP side; `timeout` in seconds for each request."""
        from headwater.compat.prysmai.client.mcp import PrysmMCPClient

        return PrysmMCPClient(client=self, timeout=timeout)

    def session(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        governance_task: str | None = None,
        agent_type: str = "custom",
        available_tools: list[str] | None = None,
        governance_context: dict[str, Any] | None = None,
        auto_check_interval: int | None = None,
        governance_timeout: float = 60.0,
    ) -> "PrysmSession":
        """Make a session, for `with`: proxied calls and what is recorded within belong together."""
        from headwater.compat.prysmai.client.session import PrysmSession

        return PrysmSession(
            self,
            user_id=user_id,
            session_id=session_id,
            metadata=metadata,
            governance_task=governance_task,
            agent_type=agent_type,
            available_tools=available_tools,
            governance_context=governance_context,
            auto_check_interval=auto_check_interval,
            governance_timeout=governance_timeout,
        )

    def langgraph_monitor(self, **kwargs: Any) -> "PrysmGraphMonitor":
        """Make a callback handler for LangGraph."""
        from headwater.compat.prysmai.client.integrations.langgraph import PrysmGraphMonitor

        return PrysmGraphMonitor(client=self, **kwargs)

    def crewai_monitor(self, **kwargs: Any) -> "PrysmCrewMonitor":
        """Make a listener to CrewAI's events."""
        from headwater.compat.prysmai.client.integrations.crewai import PrysmCrewMonitor

        return PrysmCrewMonitor(client=self, **kwargs)

    def agent_framework_monitor(self, **kwargs: Any) -> "PrysmAgentFrameworkMonitor":
        """Make middleware for Microsoft's Agent Framework."""
        from headwater.compat.prysmai.client.integrations.agent_framework import PrysmAgentFrameworkMonitor

        return PrysmAgentFrameworkMonitor(client=self, **kwargs)

    def llamaindex_handler(self, **kwargs: Any) -> "PrysmSpanHandler":
        """Make a callback handler for LlamaIndex."""
        from headwater.compat.prysmai.client.integrations.llamaindex import PrysmSpanHandler

        return PrysmSpanHandler(client=self, **kwargs)

    def _options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {"timeout": self.timeout, **given, "api_key": self.prysm_key, "base_url": self.base_url}

    def _monitored(self, client: C) -> C:
        return proxied(client, self._route, _timeout_for(client, self.timeout))


def monitor(
    client: C,
    prysm_key: str | None = None,
    base_url: str | None = None,
    timeout: float = _TIMEOUT_S,
    upstream_api_key: str | None = None,
    forward_headers: dict[str, str] | None = None,
) -> C:
    """Copy a client of openai or anthropic so that its calls go through the server. The one given stays as it is.

    The copy keeps what the client was made with; a `timeout` (seconds) that is given here goes first, and 120 is what
    it has if nobody said any. Raises ValueError where key or address cannot be, TypeError for what is no client.
    """
    vendor_of(client)
    prysm = PrysmClient(prysm_key, base_url, timeout, upstream_api_key, forward_headers)
    return prysm._monitored(client)  # pyright: ignore[reportPrivateUsage] - the same file


def _timeout_for(client: Any, timeout: float) -> float | None:
    """The timeout to give a copy; None for the client's own."""
    own = getattr(client, "timeout", None)
    is_vendors = own is None or getattr(own, "read", own) == _VENDORS_TIMEOUT_S
    return timeout if timeout != _TIMEOUT_S or is_vendors else None


def _openai() -> Any:
    try:
        import openai
    except ImportError as error:
        raise ImportError("this makes an OpenAI client and needs openai: pip install openai") from error
    return openai
