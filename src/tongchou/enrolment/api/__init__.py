"""The hospital's transaction of persons (人员信息接口): 1101."""

from tongchou.enrolment.api import persons

__all__ = ["persons"]
