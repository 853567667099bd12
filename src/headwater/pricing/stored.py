"""Calls as they rest in a store: the columns that their price depends on, and nothing else of them."""

from headwater.event import Call, Usage

PRICED_AS = "headwater.priced_as"
"""The attribute that names the model whose price holds."""


def stored_call(
    *,
    operation: str,
    provider: str,
    request_model: str,
    model: str,
    service_tier: str = "",
    priced_as: str = "",
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cache_read_tokens: int = 0,
    cache_write_5m_tokens: int = 0,
    cache_write_1h_tokens: int = 0,
    reasoning_tokens: int = 0,
    input_audio_tokens: int = 0,
    output_audio_tokens: int = 0,
) -> Call:
    """A call as far as its price goes. `input_tokens` holds cached ones too, as columns do; None is unknown."""
    cached = cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    return Call(
        operation=operation,
        provider=provider,
        request_model=request_model,
        response_model=model,
        service_tier=service_tier,
        priced_as=priced_as,
        usage=Usage(
            input=None if input_tokens is None else max(0, input_tokens - cached),
            cache_read=cache_read_tokens,
            cache_write_5m=cache_write_5m_tokens,
            cache_write_1h=cache_write_1h_tokens,
            output=output_tokens,
            reasoning=reasoning_tokens,
            input_audio=input_audio_tokens,
            output_audio=output_audio_tokens,
        ),
    )
