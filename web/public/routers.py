"""All public routes; open data first, as a province may have any name."""

from __future__ import annotations

from web.public.open_data import router as open_data
from web.public.pages import router as pages

ROUTERS = (open_data, pages)
