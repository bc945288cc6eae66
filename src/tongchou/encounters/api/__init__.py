"""The hospital's transactions of visits and stays (就医接口): 2201–2205, 2301, 2302, 2401–2405, 5201–5205 but 5203."""

from tongchou.encounters.api import charges, enquiries, stays, visits

__all__ = ["charges", "enquiries", "stays", "visits"]
