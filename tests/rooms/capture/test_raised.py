"""What is kept of an exception."""

import traceback

import pytest

from headwater.capture import raised_from


def _chained() -> Exception:
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        return error


def test_the_text_is_what_python_prints():
    error = _chained()
    printed = "".join(traceback.format_exception(error))
    kept = raised_from(error).stacktrace()
    assert [line for line in kept.splitlines() if "^" not in line] == [
        line for line in printed.splitlines() if "^" not in line
    ]


def test_the_type_has_its_module_but_for_pythons_own():
    class Mine(Exception):
        pass

    assert raised_from(ValueError()).type == "ValueError"
    assert raised_from(Mine()).type == f"{__name__}.test_the_type_has_its_module_but_for_pythons_own.<locals>.Mine"


def test_an_exception_that_was_hidden_stays_hidden():
    error = _chained()
    assert raised_from(error).before is not None
    hidden = ValueError("outer")
    hidden.__context__ = error
    hidden.__suppress_context__ = True
    assert raised_from(hidden).before is None


def test_an_exception_whose_words_raise_is_told_without_them():
    class Hostile(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    raised = raised_from(Hostile())
    assert (raised.message, raised.type.rpartition(".")[2]) == ("", "Hostile")


def test_messages_stacks_and_chains_are_bounded():
    def deeper(depth: int) -> None:
        if depth:
            deeper(depth - 1)
        raise ValueError("x" * 100_000)

    with pytest.raises(ValueError, match="xxx") as caught:
        deeper(300)
    raised = raised_from(caught.value)
    assert (len(raised.message), len(raised.places)) == (8_192, 64)
    loop = ValueError("a")
    loop.__cause__ = KeyError("b")
    loop.__cause__.__cause__ = loop
    assert raised_from(loop).stacktrace().count("ValueError") == 3
