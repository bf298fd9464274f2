"""How a platform goes about its orders, as the sections of its page: where time goes, who is cared for."""

from __future__ import annotations

from mingdan.projections.figures import Figures
from mingdan.site.care import care
from mingdan.site.exposure import exposure
from mingdan.site.fairness import fairness
from mingdan.site.flow import flow, standstill
from mingdan.site.section import Section
from mingdan.site.supply import supply
from mingdan.site.tiers import attribution, propagation
from mingdan.site.voice import Voice


def conduct(speech: Voice, figures: Figures, root: str) -> list[Section]:
    """From what a waiting buyer asks first to what only many orders tell; `root` leads to the site's root."""
    return [
        standstill(speech, figures),
        flow(speech, figures),
        attribution(speech, figures),
        propagation(speech, figures),
        care(speech, figures),
        supply(speech, figures, root),
        exposure(speech, figures, root),
        fairness(speech, figures, root),
    ]
