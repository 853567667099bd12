"""Frameworks of agents, as small as can be: the classes and the calls that a monitor meets in the real ones."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class LangChainHandler:
    """langchain_core.callbacks.BaseCallbackHandler."""

    raise_error = False


class LlamaIndexHandler(ABC):
    """llama_index.core.callbacks.base_handler.BaseCallbackHandler."""

    @abstractmethod
    def on_event_start(self, event_type: Any) -> str: ...

    @abstractmethod
    def on_event_end(self, event_type: Any) -> None: ...


class Middleware(ABC):
    """Each of agent_framework's three."""

    @abstractmethod
    async def process(self, context: Any, call_next: Any) -> None: ...


class Bus:
    """CrewAI's: `on` is a decorator, and handlers take the source and the event."""

    def __init__(self) -> None:
        self.handlers: dict[type, list[Callable[[Any, Any], None]]] = {}

    def on(self, event_type: type) -> Callable[[Any], Any]:
        def register(handler: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
            self.handlers.setdefault(event_type, []).append(handler)
            return handler

        return register

    def off(self, event_type: type, handler: Any) -> None:
        self.handlers[event_type].remove(handler)


_CREW_EVENTS = {
    "CrewKickoff": ("Started", "Completed", "Failed"),
    "AgentExecution": ("Started", "Completed", "Error"),
    "Task": ("Started", "Completed", "Failed"),
    "ToolUsage": ("Started", "Finished", "Error"),
}


class Crew:
    """What of CrewAI is there."""

    def __init__(self) -> None:
        self.bus = Bus()
        names = [f"{what}{how}Event" for what, ends in _CREW_EVENTS.items() for how in ends]
        self._events = {name: type(name, (SimpleNamespace,), {}) for name in names}

    def members(self) -> dict[str, Any]:
        return {"crewai_event_bus": self.bus, **self._events}

    def emit(self, name: str, source: Any = None, **fields: Any) -> None:
        event = self._events[name](**fields)
        for handler in self.bus.handlers.get(self._events[name], []):
            handler(source, event)


def install(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    """Let a module of that name be there."""
    parts = name.split(".")
    for length in range(1, len(parts)):
        monkeypatch.setitem(sys.modules, ".".join(parts[:length]), ModuleType(".".join(parts[:length])))
    module = ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)
