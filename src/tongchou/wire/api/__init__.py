"""The wire's own transactions (接口平台交易): sign-in, dictionaries, reversal."""

from tongchou.wire.api import dictionary, reversal, sign_in

__all__ = ["dictionary", "reversal", "sign_in"]
