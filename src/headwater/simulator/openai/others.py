"""OpenAI's smaller endpoints: legacy completions, moderations, images, audio, models."""

import base64
import re
import zlib
from typing import Any

from headwater.simulator.ask import Ask, Turn, items, mapping, whole_number
from headwater.simulator.mind import reply
from headwater.simulator.openai.telling import broken_event, headers, whole
from headwater.simulator.wire import Received, Refused, Stream, Whole, World, dated, event, json_bytes, model_of, now_s
from headwater.simulator.words import number_of, pieces, tokens_of

_MODELS = (
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5.4",
    "gpt-5.4-mini",
    "o3-mini",
    "o4-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "omni-moderation-latest",
    "gpt-image-1",
    "gpt-4o-mini-tts",
    "gpt-4o-transcribe",
)
_HARM = {
    "harassment": r"\b(idiot|stupid|loser)\b",
    "harassment/threatening": r"\bi will (hurt|find) you\b",
    "hate": r"\bi hate (all|those) \w+\b",
    "hate/threatening": r"\bwipe them out\b",
    "illicit": r"\b(hack|steal|counterfeit|launder)\w*\b",
    "illicit/violent": r"\b(bomb|explosive)s?\b",
    "self-harm": r"\b(suicide|self-harm)\b",
    "self-harm/intent": r"\bkill myself\b",
    "self-harm/instructions": r"\bhow to end my life\b",
    "sexual": r"\bporn\w*\b",
    "sexual/minors": r"(?!)",
    "violence": r"\b(kill|stab|shoot|bomb)\w*\b",
    "violence/graphic": r"\b(gore|dismember)\w*\b",
}
_HARM_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _HARM.items()}
_IMAGE_TOKENS = {"low": 272, "medium": 1056, "high": 4160}
_FORM_FIELD = re.compile(rb'name="([\w\[\]]+)"\r\n\r\n(.*?)\r\n', re.DOTALL)
_AUDIO_TYPES = {"wav": "audio/wav", "opus": "audio/opus", "aac": "audio/aac", "flac": "audio/flac", "pcm": "audio/pcm"}
_TRANSCRIPTS = (
    "Hello, I would like to ask about an order that I placed last week.",
    "Thanks for calling. How can we help you today?",
    "Please send the parcel to my new address instead.",
)


def completions(world: World, received: Received) -> Whole | Stream:
    """Answer `POST /completions`. Raises Refused."""
    body = received.body
    prompt = body.get("prompt")
    texts = [str(each) for each in items(prompt)] or [str(prompt or "")]
    told = {
        "id": world.name("cmpl-", received),
        "object": "text_completion",
        "created": now_s(),
        "model": model_of(received),
    }
    asks = [
        Ask(
            model=model_of(received),
            turns=(Turn(role="user", text=text),),
            max_tokens=whole_number(body.get("max_tokens")) or 16,
        )
        for text in texts
    ]
    answers = [reply(ask) for ask in asks]
    spent, made = sum(map(tokens_of, texts)), sum(tokens_of(each.text) for each in answers)
    usage = {"prompt_tokens": spent, "completion_tokens": made, "total_tokens": spent + made}

    def choice(index: int, text: str, reason: str | None) -> dict[str, Any]:
        return {"text": text, "index": index, "logprobs": None, "finish_reason": reason}

    reasons = ["length" if each.is_cut else "stop" for each in answers]
    if not body.get("stream"):
        choices = [choice(index, each.text, reasons[index]) for index, each in enumerate(answers)]
        return whole(world, received, told | {"choices": choices, "usage": usage})
    events: list[bytes] = []
    for index, each in enumerate(answers):
        events += [event(told | {"choices": [choice(index, piece, None)]}) for piece in pieces(each.text)]
        events.append(event(told | {"choices": [choice(index, "", reasons[index])]}))
    if mapping(body.get("stream_options")).get("include_usage"):
        events.append(event(told | {"choices": [], "usage": usage}))
    return Stream(events=[*events, b"data: [DONE]\n\n"], broken=broken_event(), headers=headers(world, received))


def moderations(world: World, received: Received) -> Whole:
    """Answer `POST /moderations`."""
    given = received.body.get("input")
    texts = [str(mapping(each).get("text") or each) for each in items(given)] or [str(given or "")]
    model = received.body.get("model") or "omni-moderation-latest"
    results = [_judged(text) for text in texts]
    return whole(world, received, {"id": world.name("modr-", received), "model": model, "results": results})


def _judged(text: str) -> dict[str, Any]:
    found = {name: bool(pattern.search(text)) for name, pattern in _HARM_PATTERNS.items()}
    scores = {name: 0.9 if is_found else number_of(text + name) % 100 / 1e5 for name, is_found in found.items()}
    applied = {name: ["text"] for name in found}
    return {
        "flagged": any(found.values()),
        "categories": found,
        "category_scores": scores,
        "category_applied_input_types": applied,
    }


def images(world: World, received: Received) -> Whole:
    """Answer `POST /images/generations`: pictures of one colour each."""
    body = received.body
    prompt = str(body.get("prompt") or "")
    if not prompt:
        raise Refused(400, "missing required parameter: 'prompt'", "prompt")
    count = min(whole_number(body.get("n")) or 1, 10)
    data = [{"b64_json": base64.b64encode(_png(number_of(f"{prompt}{n}"))).decode()} for n in range(count)]
    made = count * _IMAGE_TOKENS.get(str(body.get("quality")), _IMAGE_TOKENS["medium"])
    text = tokens_of(prompt)
    usage = {
        "input_tokens": text,
        "output_tokens": made,
        "total_tokens": text + made,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
    }
    return whole(world, received, {"created": now_s(), "data": data, "usage": usage})


def _png(colour: int) -> bytes:
    """A picture of 8 by 8."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    rows = (b"\0" + (colour & 0xFFFFFF).to_bytes(3, "big") * 8) * 8
    head = (8).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def speech(world: World, received: Received) -> Whole:
    """Answer `POST /audio/speech`: silence, about as long as the text."""
    text = str(received.body.get("input") or "")
    form = str(received.body.get("response_format") or "mp3")
    samples = bytes(320 * max(1, len(text)))
    body = _wav(samples) if form == "wav" else b"ID3\x04\0\0\0\0\0\0" + samples if form == "mp3" else samples
    return Whole(body=body, content_type=_AUDIO_TYPES.get(form, "audio/mpeg"), headers=headers(world, received))


def _wav(samples: bytes) -> bytes:
    """16-bit mono of 24 kHz."""
    form = (
        b"fmt \x10\0\0\0\x01\0\x01\0" + (24000).to_bytes(4, "little") + (48000).to_bytes(4, "little") + b"\x02\0\x10\0"
    )
    data = b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + (4 + len(form) + len(data)).to_bytes(4, "little") + b"WAVE" + form + data


def transcriptions(world: World, received: Received) -> Whole | Stream:
    """Answer `POST /audio/transcriptions`."""
    given = {name: value for name, value in _FORM_FIELD.findall(received.raw)}
    text = _TRANSCRIPTS[zlib.crc32(received.raw) % len(_TRANSCRIPTS)]
    heard = max(1, len(received.raw) // 1000)
    made = tokens_of(text)
    usage = {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": made,
        "total_tokens": heard + made,
    }
    if given.get(b"stream") in (b"true", b"True"):
        deltas = [{"type": "transcript.text.delta", "delta": piece} for piece in pieces(text)]
        events = [event(each) for each in (*deltas, {"type": "transcript.text.done", "text": text, "usage": usage})]
        return Stream(events=events, broken=broken_event(), headers=headers(world, received))
    form = given.get(b"response_format", b"json")
    if form == b"text":
        return Whole(body=f"{text}\n".encode(), content_type="text/plain", headers=headers(world, received))
    if form == b"verbose_json":
        value: dict[str, Any] = {
            "task": "transcribe",
            "language": "english",
            "duration": 4.2,
            "text": text,
            "segments": [],
        }
        return whole(world, received, value | {"usage": {"type": "duration", "seconds": 5}})
    return whole(world, received, {"text": text, "usage": usage})


def models(world: World, received: Received) -> Whole:
    """Answer `GET /models` and `GET /models/{name}`."""
    name = received.path.partition("/models/")[2]
    told = [{"id": each, "object": "model", "created": 1_715_367_049, "owned_by": "openai"} for each in _MODELS]
    if not name:
        return whole(world, received, {"object": "list", "data": told})
    found = [each for each in told if name in (each["id"], dated(str(each["id"])))]
    if not found:
        raise Refused(404, f"the model {name!r} does not exist", "model")
    return Whole(body=json_bytes(found[0]), headers=headers(world, received))
