"""Exports: files that other products write of what they recorded, as requests in OTLP/JSON.

In:  a file of records (JSON lines, an array, or pages of an API; gzip or not).   Out: requests for the server's OTLP.
Rule 1: ids are made of the ids in the file, so that a file that is sent twice counts once.
Rule 2: a record that nothing can be made of is told with its place in the file, and the rest goes on.
Rule 3: what a product calls things is known in its own file here, or already in the OTLP room.
"""

from headwater.compat.exports.formats import FORMATS as FORMATS
from headwater.compat.exports.formats import Format as Format
from headwater.compat.exports.records import Records as Records
from headwater.compat.exports.requests import Request as Request
from headwater.compat.exports.requests import requests_of as requests_of
