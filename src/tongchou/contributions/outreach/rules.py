"""参保率 (ENR-32): pure figures."""


def coverage_rate(insured: int, residents: int) -> str:
    """参保率 to one decimal, half up: 983 of 1,000 are `98.3%`; without a base there is none (`—`)."""
    if residents <= 0:
        return "—"
    tenths = (2000 * insured + residents) // (2 * residents)
    return f"{tenths // 10}.{tenths % 10}%"
