"""应保尽保、全民参保登记 (QA2018 一, 二(一); JS-EXT 1, 2; ENR-32): who lives here, who is insured, who is asked.

Figures and names are counted at night in bulk; pages read what was counted. Campaigns give the names of a town to its
clerks and keep what became of each person. People who were never registered here have no name in this house: where the
population figure of a village is larger, the rest is shown as a number.
"""
