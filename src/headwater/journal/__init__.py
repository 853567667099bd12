"""Journal: durable order for bytes.

In:  records (a small head and a body), already checked.   Out: a Position each, once they are on disk.
Rule 1: nothing here knows what the bytes mean.
Rule 2: an append settles after fsync or with an error; there is no third way.
Rule 3: one writer a folder, any number of readers in other processes; positions of a writer only grow.
Rule 4: what was read and is old enough goes as whole files; the newest file always stays.
"""

from headwater.journal.counting import Survey as Survey
from headwater.journal.counting import kept_since_ns as kept_since_ns
from headwater.journal.counting import survey as survey
from headwater.journal.format import FORMAT_VERSION as FORMAT_VERSION
from headwater.journal.reader import Depth as Depth
from headwater.journal.reader import Reader as Reader
from headwater.journal.reader import writer_names as writer_names
from headwater.journal.record import Position as Position
from headwater.journal.record import Record as Record
from headwater.journal.retention import drop_loaded as drop_loaded
from headwater.journal.retention import is_at_cap as is_at_cap
from headwater.journal.retention import size_bytes as size_bytes
from headwater.journal.settings import JournalSettings as JournalSettings
from headwater.journal.writer import Writer as Writer
