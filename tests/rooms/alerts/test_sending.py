"""Sending: real servers on loopback get what is sent, and what they answer is what is said."""

import hashlib
import hmac
import socket
import time
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import cast

import pytest

from headwater.access import Address, Channel
from headwater.alerts import AlertsSettings, Answered, Look, Notice, Sender, SmtpSettings
from headwater.alerts import notice_of as make_notice
from headwater.errors import BadRequest
from tests.rooms.alerts.held import MINUTE, NOON, rule
from tests.rooms.alerts.receivers import HttpReceiver, make_certificate, smtp_receiver

SETTINGS = AlertsSettings(timeout_s=1.0)


def anywhere(address: str) -> None:
    """Every address is fit."""


def nowhere(address: str) -> None:
    """No address is fit."""
    raise BadRequest(f"nothing is sent to {address}")


def notice(name: str = "Errors <b>& more", word: str = "firing") -> Notice:
    """A notice of five per cent and more."""
    look = Look(NOON, 0.123, 0.05, is_past=True)
    watched = rule(name=name, words="model=gpt-5")
    return make_notice(
        watched, "Support desk", "http://here", word=word, look=look, began_ns=NOON - MINUTE, telling_id="n1"
    )


def send(kind: str, address: Address, smtp: SmtpSettings | None = None, check: object = anywhere) -> Answered:
    """Send a notice to a channel of a kind."""
    channel = Channel(id="c1", project_id="desk", name="there", kind=kind, shown="", created_ns=0)  # pyright: ignore[reportArgumentType]
    sender = Sender(SETTINGS, smtp or SmtpSettings(), check)  # pyright: ignore[reportArgumentType]
    return sender.send(channel, address, notice())


def test_a_webhook_gets_the_whole_notice_signed(receiver: HttpReceiver):
    answered = send("webhook", Address(url=f"{receiver.url}/hook?x=1", secret="s3cret"))
    assert answered == Answered(is_good=True, text="200 OK thank you", may_try_again=False)
    (got,) = receiver.received
    assert (got.path, got.headers["content-type"], got.headers["x-headwater-delivery"]) == (
        "/hook?x=1",
        "application/json",
        "n1",
    )
    at, _, signed = got.headers["x-headwater-signature"].partition(",v1=")
    wanted = hmac.new(b"s3cret", at.removeprefix("t=").encode() + b"." + got.body, hashlib.sha256)
    assert signed == wanted.hexdigest()
    assert (got.json["word"], got.json["value"], got.json["alert"]["name"]) == ("firing", 0.123, "Errors <b>& more")
    assert got.json["links"]["calls"] == (
        "http://here/calls?project=desk&model=gpt-5&has_error=true"
        "&start=2026-11-18T11%3A55%3A00Z&end=2026-11-18T12%3A00%3A00Z"
    )


def test_without_a_secret_nothing_is_signed(receiver: HttpReceiver):
    send("webhook", Address(url=receiver.url))
    assert "x-headwater-signature" not in receiver.received[0].headers


def test_slack_gets_text_in_which_no_name_is_markup(receiver: HttpReceiver):
    assert send("slack", Address(url=f"{receiver.url}/services/T/B/x")).is_good
    (got,) = receiver.received
    assert set(got.json) == {"text"}
    assert "Errors &lt;b&gt;&amp; more" in got.json["text"]
    assert "12.3 % of the calls failed" in got.json["text"]
    assert "<http://here/alerts/a1?project=desk|Alert>" in got.json["text"]


@pytest.mark.parametrize(
    ("status", "may_try_again"), [(404, False), (410, False), (408, True), (429, True), (500, True), (503, True)]
)
def test_what_a_channel_refuses_is_said_and_whether_another_try_can_help(
    receiver: HttpReceiver, status: int, may_try_again: bool
):
    receiver.statuses = [status]
    answered = send("webhook", Address(url=receiver.url))
    assert (answered.is_good, answered.may_try_again) == (False, may_try_again)
    assert answered.text.startswith(str(status))


def test_a_redirect_leads_nowhere(receiver: HttpReceiver):
    receiver.statuses = [302, 200]
    answered = send("webhook", Address(url=receiver.url))
    assert (answered.is_good, len(receiver.received)) == (False, 1)
    assert "redirects are not followed" in answered.text


def test_nothing_is_sent_to_an_address_that_is_not_fit(receiver: HttpReceiver):
    for host in ("127.0.0.1", "localhost"):
        url = receiver.url.replace("127.0.0.1", host)
        answered = send("webhook", Address(url=url), check=nowhere)
        assert (answered.is_good, answered.may_try_again) == (False, False)
        assert "nothing is sent to" in answered.text
    assert receiver.received == []


def test_the_name_is_not_asked_for_again_after_the_check(receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch):
    """A name that is public when it is checked and private a moment later."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def once(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        return real("127.0.0.1" if host == "hooks.test" else host, *cast("tuple[int, ...]", rest))

    monkeypatch.setattr(socket, "getaddrinfo", once)
    port = receiver.url.rpartition(":")[2]
    assert send("webhook", Address(url=f"http://hooks.test:{port}/")).is_good
    assert (asked, receiver.received[0].headers["host"]) == (["hooks.test"], f"hooks.test:{port}")


def test_who_does_not_answer_is_given_up(receiver: HttpReceiver):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = send("webhook", Address(url=f"http://127.0.0.1:{probe.getsockname()[1]}"))
    assert (closed.is_good, closed.may_try_again) == (False, True)
    assert "no answer" in closed.text


def test_who_answers_drop_by_drop_is_given_up(receiver: HttpReceiver):
    receiver.drip_s = 0.15
    channel = Channel(id="c1", project_id="desk", name="there", kind="webhook", shown="", created_ns=0)
    hasty = Sender(AlertsSettings(timeout_s=0.2), SmtpSettings(), anywhere)
    began_s = time.monotonic()
    hasty.send(channel, Address(url=receiver.url), notice())
    assert time.monotonic() - began_s < 2


def test_a_mail_has_a_subject_and_the_links():
    with smtp_receiver() as mail:
        smtp = SmtpSettings(host="127.0.0.1", port=mail.port, security="none", sender="headwater@example.com")
        answered = send("email", Address(to=("mira@example.com", "jonas@example.com")), smtp)
    assert answered.text == "the mail server took it for mira@example.com, jonas@example.com"
    got = message_from_string(mail.mails[0], policy=default)
    assert got["subject"] == "Firing: Errors <b>& more (Support desk)"
    assert (got["from"], got["to"]) == ("headwater@example.com", "mira@example.com, jonas@example.com")
    assert "http://here/alerts/a1?project=desk" in got.get_content()


def test_a_mail_is_encrypted_before_anybody_logs_in(tmp_path: Path):
    certificate = make_certificate(tmp_path / "here.pem")
    with smtp_receiver(certificate) as mail:
        smtp = SmtpSettings(
            host="localhost",
            port=mail.port,
            sender="headwater@example.com",
            user="mira",
            password="pass",
            ca_file=str(certificate),
        )
        assert send("email", Address(to=("mira@example.com",)), smtp).is_good
    assert (mail.encrypted, len(mail.logins)) == ([True], 1)


def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_no_password(tmp_path: Path):
    with smtp_receiver(make_certificate(tmp_path / "here.pem")) as mail:
        smtp = SmtpSettings(host="localhost", port=mail.port, sender="a@example.com", user="mira", password="pass")
        answered = send("email", Address(to=("mira@example.com",)), smtp)
    assert (answered.is_good, mail.logins, mail.mails) == (False, [], [])
    assert "certificate" in answered.text


@pytest.mark.parametrize(("said", "may_try_again"), [("550 nobody here", False), ("451 later", False)])
def test_what_a_mail_server_refuses_is_said(said: str, may_try_again: bool):
    with smtp_receiver() as mail:
        mail.refused = said
        smtp = SmtpSettings(host="127.0.0.1", port=mail.port, security="none", sender="headwater@example.com")
        answered = send("email", Address(to=("mira@example.com",)), smtp)
    assert (answered.is_good, answered.may_try_again) == (False, may_try_again)
    assert "mira@example.com" in answered.text


def test_without_a_mail_server_that_is_what_is_said():
    answered = send("email", Address(to=("mira@example.com",)))
    assert "HEADWATER_SMTP_HOST" in answered.text


def test_a_name_with_line_ends_adds_no_header():
    with smtp_receiver() as mail:
        smtp = SmtpSettings(host="127.0.0.1", port=mail.port, security="none", sender="headwater@example.com")
        channel = Channel(id="c1", project_id="desk", name="there", kind="email", shown="", created_ns=0)
        answered = Sender(SETTINGS, smtp, anywhere).send(
            channel, Address(to=("mira@example.com",)), notice("Errors\r\nBcc: all@example.com")
        )
    assert not answered.is_good or "Bcc" not in message_from_string(mail.mails[0], policy=default)
