"""Saved: what people keep for everybody in a project: views of lists, SQL queries, sets of traces."""

from sqlalchemy import Engine

from headwater.access.saved_queries import SavedQueries
from headwater.access.saved_sets import SavedSets
from headwater.access.saved_views import SavedViews


class Saved:
    """The three families, each with its own words."""

    def __init__(self, engine: Engine) -> None:
        self.views = SavedViews(engine)
        self.queries = SavedQueries(engine)
        self.sets = SavedSets(engine)
