"""Where the pages of the chapter hang (位置)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

CHAPTER: Final = (_("数据交换"), "exchange:files")
"""The first step of every trail of crumbs."""
