"""`headwater simulate`."""

from typing import Annotated

import typer

from headwater.listening import listen
from headwater.simulator import Behaviour, serve


def simulate(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one")] = 4010,
    delay_ms: Annotated[float, typer.Option(help="Time until an answer begins", min=0)] = 0,
    chunk_ms: Annotated[float, typer.Option(help="Time between two events of a stream", min=0)] = 0,
    error_rate: Annotated[float, typer.Option(help="Part of the requests that fail", min=0, max=1)] = 0,
) -> None:
    """Answer as OpenAI and Anthropic do, without either: made-up answers, any API key, no network, no cost.

    Errors on demand, by the model's name or the request header `x-simulate`: err-429, err-500 or any other status,
    err-mid (a stream that tells of an error half-way), cut-mid and cut (a connection that breaks).
    """
    listening = listen(host, port)
    address = f"http://{host}:{listening.getsockname()[1]}"
    typer.echo(f"\n  simulated provider at {address}   (Ctrl-C stops it)")
    typer.echo(f"\n  export OPENAI_BASE_URL={address}/v1   OPENAI_API_KEY=any")
    typer.echo(f"  export ANTHROPIC_BASE_URL={address}   ANTHROPIC_API_KEY=any\n")
    serve(listening, Behaviour(delay_ms=delay_ms, chunk_ms=chunk_ms, error_rate=error_rate))
