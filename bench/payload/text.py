"""Text: megabytes of English-like words that need no escape in JSON.

Word lengths and frequencies follow English (Zipf), a few words in a hundred are numbers or identifiers, so that the
text neither compresses nor indexes better than what people write to models.
"""

import functools

import numpy as np

_COMMON = (
    "the of and to a in is it you that he was for on are with as I his they be at one have this from or had by not but"
    " some what there we can out other were all your when up use word how said an each she which do their time if will"
    " way about many then them would write like so these her long make thing see him two has look more day could go"
    " come did number sound no most people my over know water than call first who may down side been now find any new"
    " work part take get place made live where after back little only round man year came show every good me give"
)
_ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st str t th tr v w"
_VOWELS = "a ai e ea ee i ie o oa oo ou u"
_CODAS = "b ck d ft g k l ll m n nd ng nt p r rd s ss st t x"
_VOCABULARY = 40_000
_ZIPF = 1.07


@functools.cache
def text_pool(megabytes: int = 32, seed: int = 7) -> bytes:
    """ASCII text of sentences; a slice of it anywhere is text. Takes some seconds to make."""
    rng = np.random.default_rng(seed)
    words = np.array(_words(rng), dtype=object)
    weights = 1.0 / np.arange(1, len(words) + 1) ** _ZIPF
    count = megabytes * 1_000_000 // 5
    drawn = words[np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(count)).clip(0, len(words) - 1)]
    drawn[rng.random(count) < 0.02] = "§"
    ends = rng.random(count) < 0.07
    drawn[ends] = drawn[ends] + "."
    text = " ".join(drawn.tolist())
    pieces = text.split("§")
    marks = rng.integers(1000, 99_999_999, len(pieces)).tolist()
    whole = "".join([part for piece, mark in zip(pieces, marks, strict=True) for part in (piece, str(mark))])
    return whole.encode()[: megabytes * 1_000_000]


def _words(rng: np.random.Generator) -> list[str]:
    """The vocabulary, commonest first: real function words, then made-up ones that get longer as they get rarer."""
    known = dict.fromkeys(_COMMON.split())
    while len(known) < _VOCABULARY:
        syllables = 1 + int(rng.integers(0, 2 + (len(known) > 4000) + (len(known) > 20_000)))
        known["".join(_syllable(rng) for _ in range(syllables))] = None
    return list(known)


def _syllable(rng: np.random.Generator) -> str:
    return "".join(part[int(rng.integers(0, len(part)))] for part in map(str.split, (_ONSETS, _VOWELS, _CODAS)))
