"""Arrival: do something with a module as soon as it is loaded, without loading it."""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from headwater.sdk.guest import report

Action = Callable[[ModuleType], None]


class Arrivals:
    """A finder of modules that finds nothing by itself: it asks the others, and has the loader tell when it is done."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self._actions = actions

    def begin(self) -> None:
        """Act on what is loaded, and wait for the rest."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        for name in self._actions:
            if sys.modules.get(name) is not None:
                try:
                    # Already loaded, or being loaded by another thread: then this waits until it is.
                    self._act(name, importlib.import_module(name))
                except Exception as error:  # noqa: BLE001 - the program goes on with that module as it is
                    report(error, f"looking at {name}")

    def end(self) -> None:
        """Wait no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders have for one of our modules; None for all others."""
        if name not in self._actions:
            return None
        for finder in tuple(sys.meta_path):
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._follow(name, spec.loader)
                return spec
        return None

    def _follow(self, name: str, loader: Any) -> None:
        """Have this loader, which is the module's own, act after it has loaded the module."""
        try:
            load = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                # Our attribute hides the class's method; without it the loader is as it was.
                del loader.exec_module
                load(module)
                self._act(name, module)

            loader.exec_module = exec_module
        except Exception as error:  # noqa: BLE001 - a loader that cannot be followed loads all the same
            report(error, f"waiting for {name}")

    def _act(self, name: str, module: ModuleType) -> None:
        try:
            if self in sys.meta_path:
                self._actions[name](module)
        except Exception as error:  # noqa: BLE001 - the program goes on with that module as it is
            report(error, f"instrumenting {name}")
