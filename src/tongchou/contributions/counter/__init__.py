"""现场缴费 (GX2017 §23, 26, 94; CON-05, CON-12): one payment at the counter, its receipt, its undoing, the clerk's day.

Never cash: terminal, code or transfer only. A payment settles the year and derives coverage at once; the money goes to
the ledger when the clerk's day is closed against what the terminals say (decision 0330).
"""
