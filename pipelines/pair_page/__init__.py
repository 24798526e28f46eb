"""A pair as one HTML file that opens offline and can be sent to anybody."""

from pipelines.pair_page.page import pair_page
from pipelines.pair_page.record import PairFacts, pair_facts

__all__ = ["PairFacts", "pair_facts", "pair_page"]
