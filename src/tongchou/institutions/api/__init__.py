"""The hospital's transaction of institutions (医药机构接口): 1201."""

from tongchou.institutions.api import institutions

__all__ = ["institutions"]
