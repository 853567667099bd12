"""What a model would answer, by a few rules: the same request, the same answer.

A tool is called when the user asks for what it does and it was not called for this yet; its result is told in words;
else the answer is what of the prompt (instructions, documents, earlier turns) is most alike to the question.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from headwater.simulator.ask import Ask, Called, Reply, Tool, Turn, items, mapping
from headwater.simulator.fill import Said, chosen, fill
from headwater.simulator.words import cut_to, number_of, sentences, stems, tokens_of

_MOST_CALLS = 3
_ENOUGH_ALIKE = 2
_LONGEST_FACT = 280
_LEAST_FACT = 40
_LONGEST_READ = 8000
_LONGEST_ORDER = 2000
_SYSTEM = ("system", "developer")
_OPTIONS = re.compile(r"(?:one word|one of|either|exactly|only)\b[^\n]*?[:\s]([\w-]+(?:, [\w-]+)*,? or [\w-]+)", re.I)
_SPLIT_OPTIONS = re.compile(r",? or |, ")
_OPENERS = ("", "Happy to help. ", "Good question. ", "Thanks for asking. ", "Here is what I found. ", "Of course. ")
_CLOSERS = (
    "",
    " Is there anything else you would like to know?",
    " Let me know if you would like more detail.",
    " I can look further into it if that helps.",
)
_GREETING = re.compile(r"^\s*(hi|hello|hey|good (morning|evening|afternoon))\b", re.I)
_CAPITAL = re.compile(r"capital of (\w+)", re.I)
_CAPITALS = {"france": "Paris", "italy": "Rome", "spain": "Madrid", "japan": "Tokyo", "germany": "Berlin"}
_THOUGHTS = (
    "The question is about {topic}, so the answer should be direct.",
    "In practice {topic} depends on the case at hand: what it is for, who it is for, and how soon it is needed.",
    "The usual way to go about {topic} is to start small, look at what comes back, and go on from there.",
    "Two things matter most with {topic}: that the facts are right, and that they are said plainly.",
    "If one thing about {topic} is unclear, it is worth asking before deciding.",
)


def reply(ask: Ask, variant: int = 0) -> Reply:
    """The answer to a request; `variant` tells several answers to one request apart."""
    last, since = _last_words(ask.turns)
    said = Said(last=last, all="\n".join(turn.text for turn in ask.turns))
    calls = _calls(ask, said, since)
    if calls:
        return Reply(calls=calls)
    text = _text(ask, said, since, variant)
    if ask.schema is not None:
        filled = Said(last=said.last, all=said.all, answer=text)
        text = msgspec.json.encode(fill(ask.schema, filled) if ask.schema else {"answer": text}).decode()
    if ask.max_tokens is not None and tokens_of(text) > ask.max_tokens:
        return Reply(text=cut_to(text, ask.max_tokens), is_cut=True)
    return Reply(text=text)


def thought(ask: Ask) -> str:
    """What a model that thinks would think before it answers."""
    last, since = _last_words(ask.turns)
    look = " The results of the tools are here, so I can answer." if any(turn.results for turn in since) else ""
    tools = f" I may use {', '.join(tool.name for tool in ask.tools[:3])}." if ask.tools and not look else ""
    return f"The user says {last[:120]!r}. I should stick to what I was told.{tools}{look}"


def _last_words(turns: Sequence[Turn]) -> tuple[str, Sequence[Turn]]:
    """What the user said last, and the turns after it."""
    for place in range(len(turns) - 1, -1, -1):
        if turns[place].role == "user" and turns[place].text:
            return turns[place].text, turns[place + 1 :] if not turns[place].results else turns[place:]
    return (turns[-1].text if turns else ""), ()


def _calls(ask: Ask, said: Said, since: Sequence[Turn]) -> tuple[Called, ...]:
    already = {name for turn in since for name in turn.called}
    wanted = _wanted(ask, said, already)
    allowed = wanted[: _MOST_CALLS if ask.is_parallel else 1]
    return tuple(Called(name=tool.name, arguments=fill(tool.schema, said) or {}) for tool in allowed)


def _wanted(ask: Ask, said: Said, already: set[str]) -> list[Tool]:
    named = [tool for tool in ask.tools if tool.name == ask.choice]
    if named or ask.choice == "none" or not ask.tools:
        return named
    asked = stems(said.last)
    alike = [(len(asked & stems(f"{tool.name} {tool.description}")), tool) for tool in ask.tools]
    best = max(likeness for likeness, _ in alike)
    if ask.choice == "required":
        return [next(tool for likeness, tool in alike if likeness == best)]
    least = max(1, min(best, _ENOUGH_ALIKE))
    return [tool for likeness, tool in alike if likeness >= least and tool.name not in already]


def _text(ask: Ask, said: Said, since: Sequence[Turn], variant: int) -> str:
    draw = number_of(f"{ask.model}{variant}{said.all[-2000:]}")
    results = [result for turn in since for result in turn.results]
    if results:
        told = " ".join(filter(None, map(_told, results)))
        if not any(result.lstrip()[:1] in ("{", "[") for result in results):
            return told
        return f"{_OPENERS[draw % len(_OPENERS)]}{told}{_CLOSERS[draw // 7 % len(_CLOSERS)]}"
    return _short(ask, said) or _found(ask, said, draw) or _general(said.last, draw)


def _short(ask: Ask, said: Said) -> str:
    """The answer where one word is asked for, or where everybody knows it."""
    told = "\n".join([turn.text for turn in ask.turns if turn.role in _SYSTEM] + [said.last])
    if options := _OPTIONS.search(told[-_LONGEST_ORDER:]):
        return str(chosen(_SPLIT_OPTIONS.split(options[1]), said))
    if _GREETING.match(said.last) and len(said.last) < 60:
        return "Hello! How can I help you today?"
    if (country := _CAPITAL.search(said.last)) and country[1].lower() in _CAPITALS:
        return f"The capital of {country[1]} is {_CAPITALS[country[1].lower()]}."
    return ""


def _found(ask: Ask, said: Said, draw: int) -> str:
    """The sentences of the prompt that are most alike to the question, but not the question itself."""
    question = stems(said.last)
    told = [each for turn in ask.turns if turn.text != said.last for each in _facts(turn.text[:_LONGEST_READ])]
    told += [each for each in _facts(said.last[:_LONGEST_READ])[:-1] if len(each[0]) > _LEAST_FACT]
    scored = [(len(question & meant), -place) for place, (_, meant) in enumerate(told)]
    best = sorted((each for each in scored if each[0] >= _ENOUGH_ALIKE), reverse=True)[:2]
    if not best:
        return ""
    facts = " ".join(_ended(told[-place][0][:_LONGEST_FACT]) for _, place in sorted(best, key=lambda each: -each[1]))
    return f"{_OPENERS[draw % len(_OPENERS)]}{facts}{_CLOSERS[draw // 7 % len(_CLOSERS)]}"


@lru_cache(maxsize=256)
def _facts(text: str) -> tuple[tuple[str, set[str]], ...]:
    """The sentences of a text that are no questions, with the words that they are about. Kept: prompts come again."""
    return tuple((each, stems(each)) for each in sentences(text) if not each.endswith("?"))


def _general(last: str, draw: int) -> str:
    words = [word for word in re.findall(r"[\w-]+", last) if stems(word)]
    topic = " ".join(words[-3:]).lower() or "this"
    drawn = [_THOUGHTS[(draw // divisor) % len(_THOUGHTS)] for divisor in (1, 5, 25)[: 1 + draw % 3]]
    text = " ".join(dict.fromkeys(drawn)).format(topic=topic)
    return f"{_OPENERS[draw % len(_OPENERS)]}{text}{_CLOSERS[draw // 7 % len(_CLOSERS)]}"


def _told(result: str) -> str:
    """A tool's result in words."""
    try:
        value = msgspec.json.decode(result)
    except msgspec.DecodeError:
        value = result
    return _ended(_in_words(value)[: 3 * _LONGEST_FACT])


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(_in_words, items(value)[:3]))
    if not isinstance(value, dict):
        return str(value)
    pairs = [(name.replace("_", " "), each) for name, each in mapping(value).items() if each not in (None, "")]
    told = ", ".join(f"{name}: {_in_words(each)}" for name, each in pairs)
    return told[:1].upper() + told[1:]


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
