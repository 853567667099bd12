"""Redact: what must not be read is masked, or taken away, before it leaves the program or touches a disk.

In:  texts and JSON values.   Out: the same, with a visible marker such as `[masked: api key]` where something was.
In:  spans and logs.          Out: the same without what was said.
Rule 1: what holds nothing to mask comes back as the very same object.
Rule 2: every search takes time in proportion to the text, whatever the text is.
Rule 3: a mask looks at the form of a thing, never at who sent it; a marker is never masked again.
"""

from headwater.redact.content import without_content as without_content
from headwater.redact.masks import Masks as Masks
from headwater.redact.walking import each_text as each_text
