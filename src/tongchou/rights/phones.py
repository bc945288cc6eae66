"""Phone numbers as people write them (联系电话)."""

import re


def digits(phone: str) -> str:
    """The number as dialled inside the country."""
    dialled = re.sub(r"\D", "", phone)
    return dialled[2:] if dialled.startswith("86") and len(dialled) > 11 else dialled


def takes_messages(phone: str) -> bool:
    """Whether short messages can go there: a mobile number of the mainland."""
    return re.fullmatch(r"1[3-9]\d{9}", digits(phone)) is not None
