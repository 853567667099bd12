"""Envelopes: what is written is read back, and what cannot be read is refused with its reason."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import HeadwaterError
from headwater.event import Envelope, envelope_from, envelope_head

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(
    st.builds(Envelope, door=TEXT, project=TEXT, received_ns=st.integers(0, 2**62), headers=st.dictionaries(TEXT, TEXT))
)
def test_an_envelope_is_its_head_and_its_body(envelope: Envelope):
    whole = msgspec.structs.replace(envelope, body=b"\x00body", items=3)
    assert envelope_from(envelope_head(whole), b"\x00body") == whole


def test_fields_of_a_later_version_are_passed_over():
    head = b'{"v":1,"door":"otlp.traces","project":"p","received_ns":1,"later":{"x":1}}'
    assert envelope_from(head, b"").door == "otlp.traces"


def test_a_head_of_a_later_format_is_refused_with_the_remedy():
    with pytest.raises(HeadwaterError, match="install a newer headwater"):
        envelope_from(b'{"v":99,"door":"d","project":"p","received_ns":1}', b"")


@given(st.binary(max_size=200).filter(lambda head: not head.lstrip().startswith(b"{")))
def test_no_head_at_all_is_a_clear_error(head: bytes):
    with pytest.raises(HeadwaterError, match="cannot be read"):
        envelope_from(head, b"")
