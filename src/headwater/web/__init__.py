"""Web: the pages that people look at, and the JSON API behind them.

In:  requests of browsers and of programs with a project key.   Out: HTML and JSON, from answers of the query room only.
Rule 1: it asks questions; it never sees a table, a journal or a vendor's wire.
Rule 2: everything on a page comes from a question that the API answers too, under the same words.
Rule 3: no inline script or style, no address but our own; what senders wrote is text, never markup.
"""

from headwater.web.deliveries import Deliveries as Deliveries
from headwater.web.deliveries import DeliveriesAsked as DeliveriesAsked
from headwater.web.deliveries import DeliveryShown as DeliveryShown
from headwater.web.deliveries import Sums as Sums
from headwater.web.deliveries import judged as judged
from headwater.web.headers import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from headwater.web.health import DeathShown as DeathShown
from headwater.web.health import DiskShown as DiskShown
from headwater.web.health import HealthShown as HealthShown
from headwater.web.health import JournalShown as JournalShown
from headwater.web.health import LoaderShown as LoaderShown
from headwater.web.health import MomentShown as MomentShown
from headwater.web.health import ProcessShown as ProcessShown
from headwater.web.health import ProxyShown as ProxyShown
from headwater.web.health import QuarantinedShown as QuarantinedShown
from headwater.web.health import StoreShown as StoreShown
from headwater.web.health import problems as problems
from headwater.web.opening import api_app as api_app
from headwater.web.opening import web_app as web_app
from headwater.web.own_prices import OwnPriceShown as OwnPriceShown
from headwater.web.own_prices import list_own_prices as list_own_prices
from headwater.web.own_prices import remove_price as remove_price
from headwater.web.own_prices import set_price as set_price
from headwater.web.ports import Person as Person
from headwater.web.ports import ProjectListed as ProjectListed
from headwater.web.ports import WebPorts as WebPorts
from headwater.web.receipts import Receipts as Receipts
from headwater.web.receipts import ReceiptsAsked as ReceiptsAsked
from headwater.web.receipts import ReceiptShown as ReceiptShown
from headwater.web.repricings import Repricings as Repricings
from headwater.web.repricings import RepricingShown as RepricingShown
from headwater.web.settings import WebSettings as WebSettings
from headwater.web.setup import SettingShown as SettingShown
from headwater.web.setup import Setup as Setup
from headwater.web.setup import UpstreamSet as UpstreamSet
from headwater.web.wishes import Held as Held
from headwater.web.wishes import HeldPage as HeldPage
from headwater.web.wishes import Kept as Kept
from headwater.web.wishes import Preview as Preview
from headwater.web.wishes import Projects as Projects
from headwater.web.wishes import Reload as Reload
from headwater.web.wishes import Reloads as Reloads
from headwater.web.wishes import Wishes as Wishes
