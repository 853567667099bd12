"""Scan: what our own masks find in code. They know secrets and personal data by their form, and nothing else."""

from typing import Any

from headwater.redact import Masks

_MARK = "[masked: "
# How grave a find is, by what was found; nothing is weighed.
_SEVERITIES = {"secrets": "high", "card": "high", "iban": "medium", "email": "low", "phone": "low"}
_ORDER = ("none", "low", "medium", "high")
_WORDS = {
    "secrets": "a key, token or password",
    "card": "a payment card's number",
    "iban": "a bank account's number",
    "email": "an e-mail address",
    "phone": "a telephone number",
}
_MASKS = {name: Masks((name,)) for name in _SEVERITIES}
SCOPE = (
    "searched for secrets and personal data by their form; whether the code is vulnerable was not evaluated, and there "
    "is no threat score"
)
"""What a scan is, in words."""


def scan(code: str) -> dict[str, Any]:
    """What is found in a text: `vulnerabilities`, their number and gravest, and what to do."""
    found = [
        {"type": name, "severity": _SEVERITIES[name], "description": f"{_WORDS[name]} ({count} found)", "count": count}
        for name, masks in _MASKS.items()
        if (count := masks.text(code).count(_MARK) - code.count(_MARK)) > 0
    ]
    gravest = max((str(each["severity"]) for each in found), key=_ORDER.index, default="none")
    return {
        "vulnerability_count": len(found),
        "max_severity": gravest,
        "threat_score": None,
        "vulnerabilities": found,
        "recommendations": ["keep it out of the code, and replace what was exposed"] if found else [],
        "scan": SCOPE,
    }
