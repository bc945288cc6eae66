"""The hospitals' transactions of settling (结算交易): 2001, 2101–2103, 2206–2208, 2303–2305, 5201–5206."""

from tongchou.settlement.api import benefits, purchases, records, stays, visits

__all__ = ["benefits", "purchases", "records", "stays", "visits"]
