"""Where the pages of the chapter hang (位置)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

CHAPTER: Final = (_("基金"), "fund:board")
"""The first step of every trail of crumbs."""
