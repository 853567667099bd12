"""Instrument: the hooks in the clients of OpenAI and Anthropic.

In:  clients that the program made or will make.   Out: one `capture.Exchange` per logical request, recorded once.
Rule 1: two places are touched: `request` of the vendors' base clients, which holds the retries, and one response hook
        in the HTTP client below it. The only object of the program that is replaced is `response.stream`. Where the
        request goes to our own server, a request hook beside it adds the header `traceparent`.
Rule 2: a chunk reaches the program as it came; an error is the vendor's own, raised again untouched.
Rule 3: nobody's library is imported here. What is not loaded yet is patched when it is.
Rule 4: where a library is not shaped as expected, nothing is hooked, and that is reported once.
"""

from headwater.sdk.instrument.doors import instrument as instrument
from headwater.sdk.instrument.doors import observe as observe
from headwater.sdk.instrument.doors import uninstrument as uninstrument
from headwater.sdk.instrument.sessions import sessions_from_headers as sessions_from_headers
