"""Every example of the five products' READMEs runs, and the dashboard shows what it told."""

import pytest

from tests.readmes.blocks import Block, all_blocks, blocks_of, digest_of, python_blocks, readmes, text_of
from tests.readmes.running import Reader
from tests.readmes.shown import LISTED, SHOWN
from tests.readmes.table import AS_PUBLISHED, NOT_RUN, NOT_TOGETHER, SETTINGS, SUBSTITUTIONS, builds_on

_RUN = [pytest.param(block, id=block.name.replace(" ", "-")) for block in python_blocks()]


@pytest.mark.parametrize("block", _RUN)
def test_an_example_runs_and_the_dashboard_shows_what_it_told(block: Block, reader: Reader):
    ran = reader.runs(block)
    assert (ran.code, ran.err) == (0, "")
    for question, wanted in SHOWN[block.name]:
        reader.sees(question, wanted)
    reader.sees_listed(*LISTED.get(block.name, ("", "")))


@pytest.mark.parametrize("readme", [readme for readme in readmes() if readme not in NOT_TOGETHER])
def test_all_examples_of_a_readme_run_as_one_program(readme: str, reader: Reader):
    ran = reader.runs(*(block for block in blocks_of(readme) if block.language == "python"))
    assert (ran.code, ran.err) == (0, "")


def test_the_readmes_are_as_they_were_published():
    assert {readme: digest_of(readme) for readme in readmes()} == AS_PUBLISHED


def test_every_block_is_run_or_has_a_reason_not_to_be():
    run = {block.name for block in python_blocks()}
    assert run | NOT_RUN.keys() == {block.name for block in all_blocks()}
    assert run & NOT_RUN.keys() == set()
    assert all(needed in run for name in run for needed in builds_on(name))


def test_every_line_of_the_table_is_needed():
    """What no block holds needs no substitution, and a setting that is told of is told of."""
    code = {readme: "".join(block.code for block in blocks_of(readme)) for readme in readmes()}
    assert [each.old for each in SUBSTITUTIONS if each.old not in code[each.readme]] == []
    assert [each.name for each in SETTINGS if each.told and each.told not in text_of(each.readme)] == []
    assert all(each.reason for each in (*SUBSTITUTIONS, *SETTINGS))


def test_every_example_is_looked_for_on_the_dashboard():
    assert SHOWN.keys() == {block.name for block in python_blocks()}
