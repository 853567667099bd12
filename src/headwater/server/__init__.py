"""Server: the only place where rooms are joined. Settings, processes, the table of doors.

In:  settings from arguments, environment and file.   Out: a running headwater.
Rule 1: every other room gets its settings and its neighbours from here; none reads the environment.
Rule 2: a crash of one process stops only what it does; the supervisor starts it again.
Rule 3: shutdown goes with the flow: edges first, then the loader, then the store.
"""

from headwater.server.catalog import catalog_of as catalog_of
from headwater.server.credentials import keep_credentials as keep_credentials
from headwater.server.folder import DataFolder as DataFolder
from headwater.server.folder import Running as Running
from headwater.server.local import local_loader as local_loader
from headwater.server.local import local_store as local_store
from headwater.server.logs import set_up_logs as set_up_logs
from headwater.server.prices import PriceWatch as PriceWatch
from headwater.server.settings import Settings as Settings
from headwater.server.settings import catalog_url_of as catalog_url_of
from headwater.server.settings import data_folder_of as data_folder_of
from headwater.server.settings import from_environment as from_environment
from headwater.server.supervisor import Supervisor as Supervisor
