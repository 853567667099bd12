"""Receipts: what came with which key and when, from the loader's ledger and what waits for it."""

import threading

from headwater.loader import MINUTE_NS, Ledger, Receipt, WantedReceipts, receipt_in
from headwater.query import show_time
from headwater.server.folder import DataFolder
from headwater.server.heads import waiting_heads
from headwater.web import Receipts, ReceiptsAsked, ReceiptShown

_Name = tuple[str, str, str, int]


class ReceiptReader:
    """Joins what is loaded with the heads of what waits in the journals."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()

    def read(self, asked: ReceiptsAsked) -> Receipts:
        """The receipts that are asked for."""
        ledger = self._open()
        waiting, is_cut = waiting_heads(self._folder, ledger.positions())
        wanted = WantedReceipts(
            projects=asked.projects,
            keys=asked.keys,
            since_ns=asked.since_ns,
            until_ns=asked.until_ns,
            by=asked.by,
            step=asked.step,
        )
        positions, loaded = ledger.receipts(wanted)
        found: dict[_Name, Receipt] = {_name(each, asked): each for each in loaded}
        late: dict[_Name, int] = {}
        for position, head in waiting:
            receipt = receipt_in(head, 0) if position.seq > positions.get(position.writer, 0) else None
            if receipt is None or not _is_asked(receipt, asked):
                continue
            name = _name(receipt, asked)
            known = found.get(name)
            found[name] = receipt if known is None else known.and_also(receipt)
            late[name] = late.get(name, 0) + receipt.items
        shown = [_shown(name, receipt, late.get(name, 0)) for name, receipt in found.items()]
        if asked.by == "minute":
            shown.sort(key=lambda each: each.minute or "")
        else:
            shown.sort(key=lambda each: each.last_seen or "", reverse=True)
        return Receipts(items=tuple(shown), is_partial=is_cut)

    def _open(self) -> Ledger:
        with self._lock:
            self._ledger = self._ledger or Ledger(self._folder.ledger)
            return self._ledger


def _name(receipt: Receipt, asked: ReceiptsAsked) -> _Name:
    """What a receipt is added up under: its project and key, its project and door, or its stretch."""
    if asked.by == "minute":
        return "", "", "", receipt.minute // asked.step * asked.step
    is_key = asked.by == "key"
    return receipt.project, receipt.key if is_key else "", "" if is_key else receipt.door, 0


def _is_asked(receipt: Receipt, asked: ReceiptsAsked) -> bool:
    is_when = asked.since_ns // MINUTE_NS <= receipt.minute < min(asked.until_ns, 2**62) // MINUTE_NS
    return is_when and receipt.project in asked.projects and (not asked.keys or receipt.key in asked.keys)


def _shown(name: _Name, receipt: Receipt, waiting: int) -> ReceiptShown:
    project, key, door, minute = name
    return ReceiptShown(
        project=project,
        key=key,
        door=door,
        minute=show_time(minute * MINUTE_NS) if minute else None,
        last_seen=show_time(receipt.seen_ns),
        envelopes=receipt.envelopes,
        items=receipt.items,
        size_bytes=receipt.size_bytes,
        queryable=receipt.queryable,
        waiting=waiting,
        dropped=receipt.dropped,
        set_aside=receipt.set_aside,
    )
