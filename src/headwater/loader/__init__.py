"""Loader: the corridor. From envelopes in the journal to rows in the store.

In:  every writer's journal.   Out: rows of spans, messages, log events and traces; a ledger of what is loaded.
Rule 1: exactly once by Position: an intent is written first, the store is told its token, the advance comes last.
Rule 2: a poison envelope is set aside with its reason and the line goes on; a store that is away is waited for.
Rule 3: messages are durable before any row points to them, and only then count as seen.
Rule 4: duplicates fold over a whole trace, whatever pieces it came in.
"""

from headwater.loader.decode import Decoded as Decoded
from headwater.loader.delivery import MINUTE_NS as MINUTE_NS
from headwater.loader.delivery import Delivery as Delivery
from headwater.loader.delivery import Key as Key
from headwater.loader.delivery import Standing as Standing
from headwater.loader.delivery import delivery_in as delivery_in
from headwater.loader.delivery import keys_of as keys_of
from headwater.loader.delivery import nothing_at as nothing_at
from headwater.loader.halves import ANSWERED as ANSWERED
from headwater.loader.halves import ASKED as ASKED
from headwater.loader.halves import FURTHER as FURTHER
from headwater.loader.held import Quarantined as Quarantined
from headwater.loader.ledger import DISCARDED as DISCARDED
from headwater.loader.ledger import Ledger as Ledger
from headwater.loader.loop import Loader as Loader
from headwater.loader.loop import Progress as Progress
from headwater.loader.receipts import Receipt as Receipt
from headwater.loader.receipts import ReceiptsBy as ReceiptsBy
from headwater.loader.receipts import WantedReceipts as WantedReceipts
from headwater.loader.receipts import receipt_in as receipt_in
from headwater.loader.repricings import Repricing as Repricing
from headwater.loader.samples import Sample as Sample
from headwater.loader.settings import LoaderSettings as LoaderSettings
from headwater.loader.standings import Wanted as Wanted
from headwater.loader.wishes import Reload as Reload
