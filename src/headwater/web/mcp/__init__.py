"""MCP: the questions as tools for programs that speak the Model Context Protocol, at POST /mcp (Streamable HTTP).

In:  JSON-RPC 2.0 with a project key, as the API takes it.   Out: answers of the query room as JSON text.
Rule 1: a tool is a line of a table: a question that the API answers too, under the same words.
Rule 2: an answer is bounded; what was cut is said, with the way to the rest.
Rule 3: nothing is kept between requests: there are no sessions, no streams, and any edge answers any request.
"""

from headwater.web.mcp.route import MCP_PATH as MCP_PATH
from headwater.web.mcp.route import mcp_route as mcp_route
