"""A server whose providers are simulated, and each client's program run once against it, with a project of its own."""

import json
from collections.abc import Iterator, Mapping

import pytest

from headwater.access import KeyFormat
from headwater.simulator import Simulator
from tests.journeys.projects import Project, make_project
from tests.proxy.proxied import catalog_of
from tests.real_clients.driven import Driven
from tests.real_clients.environments import RealClient, run
from tests.real_clients.relay import Relay
from tests.serving import Server

_FORMATS: Mapping[str, KeyFormat] = {"pulse-trace-sdk": "pulse", "prysmai": "prysm"}


class Programs(dict[RealClient, Driven]):
    """What came of each client's program, which is run when it is first asked for."""

    def __init__(self, server: Server, provider: Simulator) -> None:
        super().__init__()
        self.server = server
        self._provider = provider

    def __missing__(self, client: RealClient) -> Driven:
        project, key = self._project(client)
        with Relay(self.server.port) as relay:
            # Tropir's own gateway stood between a program and its vendors, as our proxy does.
            vendors = f"{relay.url}/openai" if client.package == "tropir" else self._provider.url
            ran = run(client, relay.url, vendors, key, project.id)
        self[client] = Driven(client=client, project=project, exchanges=tuple(relay.exchanges), ran=ran)
        self.server.await_loaded()
        return self[client]

    def _project(self, client: RealClient) -> tuple[Project, str]:
        project = make_project(self.server, client.name)
        with catalog_of(self.server) as catalog:
            # As Prysm has it: its client never shows the provider's key.
            catalog.set_credential(project.id, "openai", "sk-stored")
            return project, catalog.create_key(project.id, "program", _FORMATS.get(client.package, "headwater")).key


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """The programs, and a running server that they share."""
    with Simulator() as provider:
        upstreams = json.dumps({"openai": provider.url, "anthropic": provider.url})
        extra = {"HEADWATER_PROXY_UPSTREAMS": upstreams, "HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}
        with Server(tmp_path_factory.mktemp("real-clients"), extra=extra) as running:
            yield Programs(running, provider)


@pytest.fixture
def driven(request: pytest.FixtureRequest, programs: Programs) -> Driven:
    """What came of the program of the client that the test is parametrized with."""
    return programs[request.param]
