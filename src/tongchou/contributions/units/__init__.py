"""用人单位按月缴费 (BJ-ACCT §5; NC-ACCT §4, 7; CON-31): what a month's wages owe, what came, when a month is paid.

Only a month that is paid in full is told upwards (`events.UnitMonthPaid`); what came of it before stays in 4601 待转
社会保险费收入, allocated to nobody. A month that is not paid stops the benefits of its members by the area's dated rule
(`ruling`, `rules`); `contributions_coverage` reads it at once (decision 0335).
"""
