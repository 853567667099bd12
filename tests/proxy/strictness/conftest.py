"""Both gateways, for all trials of a session."""

from collections.abc import Iterator

import pytest

from tests.proxy.strictness import gateways
from tests.proxy.strictness.trying import Gateway


@pytest.fixture(scope="session")
def of_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """nginx before an upstream of its own."""
    if gateways.nginx_path() is None:
        pytest.skip("nginx is not installed here")
    with gateways.nginx(tmp_path_factory.mktemp("nginx")) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def of_headwater(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """headwater before an upstream of its own."""
    with gateways.headwater(tmp_path_factory.mktemp("headwater")) as gateway:
        yield gateway


@pytest.fixture(params=["nginx", "headwater"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    """Each of both."""
    found: Gateway = request.getfixturevalue(f"of_{request.param}")
    return found
