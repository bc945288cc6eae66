"""村级代收 (GX2017 §25; CON-10): where no bank can draw, a village collects by an approved method.

Every payer has a receipt with a number; the money of a day is paid into the bank the same day by one slip of the exact
sum, and only then are the payments booked. The agency itself never takes cash.
"""
