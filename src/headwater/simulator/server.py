"""The simulator on a port: until it is told to stop, or in a thread beside a program."""

import socket
import threading
from types import TracebackType

import uvicorn

from headwater.clock import monotonic_s, sleep
from headwater.errors import HeadwaterError
from headwater.listening import listen
from headwater.simulator.app import App, Counts
from headwater.simulator.settings import Behaviour

_START_S = 20.0
_STOP_S = 10.0


class Simulator:
    """A simulator in a thread of this process, for as long as the `with` block lasts. Port 0 takes a free one."""

    def __init__(self, behaviour: Behaviour | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = App(behaviour)
        self._socket = listen(host, port)
        self._server = uvicorn.Server(_config(self._app))
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        bound = self._socket.getsockname()
        self.url = f"http://{host}:{bound[1]}"

    @property
    def openai_url(self) -> str:
        """The `base_url` of OpenAI's clients."""
        return f"{self.url}/v1"

    @property
    def anthropic_url(self) -> str:
        """The `base_url` of Anthropic's clients."""
        return self.url

    @property
    def counts(self) -> Counts:
        """What came and what was answered since it began."""
        return self._app.counts

    def __enter__(self) -> "Simulator":
        self._thread.start()
        deadline_s = monotonic_s() + _START_S
        while not self._server.started:
            if monotonic_s() > deadline_s or not self._thread.is_alive():
                raise HeadwaterError(f"the simulator did not start at {self.url}")
            sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_S)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def serve(listening: socket.socket, behaviour: Behaviour) -> None:
    """Answer on a socket until Ctrl-C or SIGTERM."""
    uvicorn.Server(_config(App(behaviour))).run(sockets=[listening])


def _config(app: App) -> uvicorn.Config:
    # A connection that is to break is an answer left unfinished, which uvicorn would log as an error of ours.
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
