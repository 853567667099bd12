"""Embeddings: texts that share words point the same way."""

import base64
import random
import re
from array import array
from typing import Any

from headwater.simulator.ask import items
from headwater.simulator.openai.telling import whole
from headwater.simulator.wire import Received, Refused, Whole, World, dated, model_of
from headwater.simulator.words import number_of, stems, tokens_of

_SIZES = {"text-embedding-3-large": 3072}
_SIZE = 1536
_LARGEST = 4096
# A little of everything in each vector, as real ones have, so that they are as long on the wire as real ones.
_NOISE = [random.Random(1).gauss(0, 0.004) for _ in range(2 * _LARGEST)]  # noqa: S311 - data, not a secret


def embeddings(world: World, received: Received) -> Whole:
    """Answer `POST /embeddings`. Raises Refused."""
    body = received.body
    model = model_of(received)
    texts = _texts(body.get("input"))
    if not texts:
        raise Refused(400, "missing required parameter: 'input'", "input")
    asked = body.get("dimensions")
    size = min(asked, _LARGEST) if isinstance(asked, int) and asked > 0 else _SIZES.get(model, _SIZE)
    is_base64 = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(vector(text, size), is_base64)}
        for index, text in enumerate(texts)
    ]
    count = sum(map(tokens_of, texts))
    usage = {"prompt_tokens": count, "total_tokens": count}
    return whole(world, received, {"object": "list", "data": data, "model": dated(model), "usage": usage})


def vector(text: str, size: int) -> list[float]:
    """A vector of length 1 that the words of a text give."""
    start = number_of(text) % _LARGEST
    values = _NOISE[start : start + size]
    for word in stems(text) or set(re.findall(r"\S+", text)):
        number = number_of(word)
        values[number % size] += 1.0 if number & 1 << 30 else -1.0
        values[number // 7 % size] += 0.5
    length = sum(value * value for value in values) ** 0.5 or 1.0
    return [value / length for value in values]


def _texts(given: Any) -> list[str]:
    """The inputs as texts; lists of token numbers become as many short words."""
    if isinstance(given, str):
        return [given] if given else []
    found = items(given)
    if found and isinstance(found[0], int):
        return [" ".join(map(str, found))]
    return [each if isinstance(each, str) else " ".join(map(str, each)) for each in found]


def _encoded(values: list[float], is_base64: bool) -> Any:
    return base64.b64encode(array("f", values).tobytes()).decode() if is_base64 else values
