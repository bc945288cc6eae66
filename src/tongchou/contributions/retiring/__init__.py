"""退休一次性缴费 (NC-ACCT §12; BJ-ACCT §16(三); CON-34): the risk reserve, and missing years made up in one sum.

Who retires stays 在职 until everything owed for it is paid; then the category changes by itself.
"""
