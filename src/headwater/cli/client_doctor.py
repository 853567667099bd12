"""`headwater doctor` where only the SDK is installed: the program's side alone, printed without any package."""

import sys

from headwater.cli.client_side import client_findings, process_environment


def main() -> None:
    """Print what is found; exit code 1 when anything is wrong."""
    is_well = True
    for found, text in client_findings(process_environment()):
        is_well = is_well and found
        sys.stdout.write(f"{'ok  ' if found else 'BAD '} {text}\n")
    sys.stdout.write("ok   the server's packages are not installed: nothing of a server was looked at\n")
    sys.exit(0 if is_well else 1)
