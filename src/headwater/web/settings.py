"""What can be set about the pages and the JSON API."""

import msgspec


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What pages show, and how much may be asked at once."""

    base_url: str = ""
    """Address of this server as its users reach it, for snippets; empty takes the one that the browser used
    (env HEADWATER_WEB_BASE_URL)."""

    secure_cookies: bool = False
    """Whether browsers may send the session cookie over HTTPS only; it always is so when the login came over HTTPS
    (env HEADWATER_WEB_SECURE_COOKIES)."""

    session_s: int = 30 * 24 * 3600
    """Seconds that a browser keeps its session cookie (env HEADWATER_WEB_SESSION_S)."""

    question_threads: int = 8
    """How many questions are asked of the store at once (env HEADWATER_WEB_QUESTION_THREADS)."""

    questions_waiting: int = 64
    """How many questions may wait for their turn before 503 is answered (env HEADWATER_WEB_QUESTIONS_WAITING)."""

    page_items: int = 50
    """Rows on a page of a list (env HEADWATER_WEB_PAGE_ITEMS)."""

    tree_window: int = 100
    """Spans of a trace's tree that are sent at once (env HEADWATER_WEB_TREE_WINDOW)."""

    health_refresh_s: int = 5
    """Seconds after which the health page asks again (env HEADWATER_WEB_HEALTH_REFRESH_S)."""

    tails: int = 32
    """How many lists may be followed live at once in each edge; one more is answered 503
    (env HEADWATER_WEB_TAILS)."""

    tour: bool = False
    """Whether pages offer a tour of themselves; the demo does (env HEADWATER_WEB_TOUR)."""
