"""The hospital's transactions of visits and stays (就医接口): 2201–2205, 2301, 2302, 2401–2405."""

from tongchou.encounters.api import charges, stays, visits

__all__ = ["charges", "stays", "visits"]
