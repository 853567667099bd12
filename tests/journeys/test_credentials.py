"""Credentials and the doctor, as a user meets them: a server is started, and programs here find it."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest

from tests.serving import Ran, Server, command, free_ports


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone."""
    with Server(tmp_path / "own") as running:
        yield running


def credentials_of(server: Server) -> dict[str, str]:
    """What the file holds."""
    return msgspec.json.decode((server.config / "headwater" / "credentials.json").read_bytes(), type=dict[str, str])


def doctor(tmp_path: Path, **environment: str) -> Ran:
    """Run `headwater doctor` on a machine without a data folder."""
    config = environment.pop("config", str(tmp_path / "empty"))
    extra = {"XDG_CONFIG_HOME": config} | environment
    return command("doctor", "--data", str(tmp_path / "none"), extra=extra)


def test_a_server_leaves_address_and_key_and_takes_them_back_when_revoked(own: Server) -> None:
    found = credentials_of(own)
    assert (found["url"], found["data"]) == (own.base_url, str(own.data))
    assert f"{own.config}/headwater/credentials.json" in own.said
    assert found["key"] not in own.said
    extra = {"XDG_CONFIG_HOME": str(own.config)}
    well = command("doctor", "--data", str(own.data), extra=extra)
    assert well.code == 0, well.out
    assert f"SDKs here send to {own.base_url}" in well.out
    assert "is accepted" in well.out
    assert "the clocks of this machine and the server agree" in well.out
    listed = command("keys", "list", "--data", str(own.data)).out.splitlines()
    key_id = next(line.split("\t")[0] for line in listed if "credentials.json" in line)
    assert command("keys", "revoke", key_id, "--data", str(own.data)).code == 0
    assert own.stop() == 0
    own.start()
    assert credentials_of(own)["key"] != found["key"]
    answer = own.request("GET", "/api/headwater/v1/totals", headers={"x-headwater-key": credentials_of(own)["key"]})
    assert answer.status == 200


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_server_that_is_told_so_leaves_none(tmp_path: Path, way: str) -> None:
    arguments = ("--no-credentials",) if way == "argument" else ()
    with Server(tmp_path, arguments, {} if way == "argument" else {"HEADWATER_CREDENTIALS": "0"}) as running:
        assert not running.config.exists()
        assert "credentials" not in running.said


def test_the_doctor_says_where_nothing_is_set(tmp_path: Path) -> None:
    ran = doctor(tmp_path)
    assert ran.code == 1
    assert "BAD  no address for SDKs here: set HEADWATER_URL and HEADWATER_KEY" in ran.out


def test_the_doctor_says_that_a_key_is_refused(project_url: str, tmp_path: Path) -> None:
    ran = doctor(tmp_path, HEADWATER_URL=project_url, HEADWATER_KEY="hw_wrong_and_long")
    assert f"BAD  {project_url} refuses the key hw_wron…: make one with `headwater keys create`" in ran.out
    assert "hw_wrong_and_long" not in ran.out
    without = doctor(tmp_path, HEADWATER_URL=project_url)
    assert f"BAD  no key for {project_url}" in without.out


@pytest.fixture
def project_url(server: Server) -> str:
    """The address of the shared server."""
    return server.base_url


def test_the_doctor_tells_what_is_wrong_on_the_way(project_url: str, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    for url, words in (
        (nobody, f"BAD  no connection to {nobody} (Connection refused): start `headwater serve` there"),
        (project_url.replace("http:", "https:"), "does not speak TLS: write http://"),
        ("here:3000", "is no address: write it as http://host:port"),
        ("http://no-such-host.invalid", "the name 'no-such-host.invalid' cannot be resolved"),
    ):
        ran = doctor(tmp_path, HEADWATER_URL=url, HEADWATER_KEY="hw_any")
        assert words in ran.out
        assert ran.code == 1


def test_the_doctor_minds_a_file_that_others_can_read_or_nobody_can(own: Server, tmp_path: Path) -> None:
    path = own.config / "headwater" / "credentials.json"
    path.chmod(0o644)
    ran = doctor(tmp_path, config=str(own.config))
    assert f"BAD  {path} can be read by others (mode 0644): chmod 600 {path}" in ran.out
    path.write_text("{")
    assert f"BAD  {path} cannot be understood" in doctor(tmp_path, config=str(own.config)).out


class _LateClock(BaseHTTPRequestHandler):
    """Says that it is headwater, and a time of long ago."""

    def do_GET(self) -> None:
        """Answer anything."""
        body = b'{"service":"headwater","versions":{"headwater":"0.0.1"}}'
        self.send_response_only(200)
        self.send_header("date", "Sat, 21 Nov 2020 16:00:00 GMT")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def late_clock() -> Iterator[str]:
    """The address of a server whose clock is years behind and whose version is another."""
    server = HTTPServer(("127.0.0.1", 0), _LateClock)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_the_doctor_compares_clocks_and_versions(late_clock: str, tmp_path: Path) -> None:
    ran = doctor(tmp_path, HEADWATER_URL=late_clock, HEADWATER_KEY="hw_any")
    assert "s ahead of the server's: traces show at wrong times; set it by NTP" in ran.out
    assert "0.0.1 at the server: they understand each other" in ran.out


def test_the_doctor_needs_no_package_of_the_server(own: Server, tmp_path: Path) -> None:
    """As after a plain install: the packages of the command line are hidden, and the doctor still looks."""
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('no typer here', name='typer')")
    extra = {"PYTHONPATH": str(tmp_path), "XDG_CONFIG_HOME": str(own.config)}
    ran = command("doctor", extra=extra)
    assert ran.code == 0, ran.out + ran.err
    assert "is accepted" in ran.out
    assert "the server's packages are not installed" in ran.out


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ran = doctor(tmp_path, HEADWATER_URL=url, HEADWATER_KEY="hw_any")
    assert f"BAD  {url} did not answer within 5 s" in ran.out
