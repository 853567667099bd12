"""Runs a program that may await at its top, as `python -m asyncio` takes it: HuggingPlace's README is written so."""

import ast
import asyncio
import inspect
import sys
from pathlib import Path

path = Path(sys.argv[1])
code = compile(path.read_text(), str(path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
awaited = eval(code, {"__name__": "__main__"})  # noqa: S307 - the program under test
if code.co_flags & inspect.CO_COROUTINE:
    asyncio.run(awaited)
