"""Somebody who follows a README: blocks become a program, which runs in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.journeys.projects import Project
from tests.readmes.blocks import Block, blocks_of
from tests.readmes.table import SETTINGS, SUBSTITUTIONS, builds_on
from tests.serving import Ran, environment, wait_until

_AS_TYPED = Path(__file__).with_name("as_typed.py")
_TIMEOUT_S = 90.0
_SEEN_S = 15.0


class Reader(NamedTuple):
    """Somebody with a project of his own. `pulse` and `prysm` are its keys in those formats, `provider` is where the
    clients of OpenAI and Anthropic go."""

    project: Project
    pulse: str
    prysm: str
    provider: str
    folder: Path

    def runs(self, *blocks: Block) -> Ran:
        """Run blocks of one README as one program, with all that the first of them builds on."""
        named = {each.name: each for each in blocks_of(blocks[0].readme)}
        before = [named[name] for name in builds_on(blocks[0].name)]
        program = self.folder / "program.py"
        program.write_text("\n".join(self.filled_in(each) for each in (*before, *blocks)))
        done = subprocess.run(
            [sys.executable, str(_AS_TYPED), str(program)],
            env=self._environment(blocks[0].readme),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def filled_in(self, block: Block) -> str:
        """A block's code with every substitution of the table made."""
        code = block.code
        for each in SUBSTITUTIONS:
            if each.readme == block.readme:
                code = code.replace(each.old, self._meant(each.new))
        return code

    def _environment(self, readme: str) -> dict[str, str]:
        told = {each.name: self._meant(each.value) for each in SETTINGS if each.readme == readme}
        of_vendors = {
            "OPENAI_API_KEY": "sk-none",
            "OPENAI_BASE_URL": f"{self.provider}/v1",
            "ANTHROPIC_BASE_URL": self.provider,
        }
        return environment({**of_vendors, "PYTHONWARNINGS": "error", **told})

    def _meant(self, text: str) -> str:
        places = {
            "{server}": self.project.server.base_url,
            "{project}": self.project.id,
            "{key}": self.project.key,
            "{pulse}": self.pulse,
            "{prysm}": self.prysm,
        }
        for place, value in places.items():
            text = text.replace(place, value)
        return text

    def sees(self, question: str, wanted: Sequence[tuple[object, ...]]) -> None:
        """Ask the dashboard's API in SQL until its rows are those that are wanted."""
        self.project.server.await_loaded()
        deadline = time.monotonic() + _SEEN_S
        while (rows := self.project.sql(question)) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        assert rows == wanted, question

    def sees_listed(self, session: str, user: str) -> None:
        """Ask the dashboard's API for its lists until session and user are in them, of those that are named."""
        for path, name, wanted in (("/sessions", "session_id", session), ("/users", "user_id", user)):
            if wanted:
                self._awaits(path, name, wanted)

    def _awaits(self, path: str, name: str, wanted: str) -> None:
        wait_until(
            lambda: wanted in {item[name] for item in self.project.get(path)["items"]}, 20, f"{wanted} at {path}"
        )
