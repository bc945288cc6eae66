"""未登记人员 (GX2017 §6; JL2019 §6; ENR-14, ENR-32; SYS-06): names that other lists know and the register lacks.

Births of the health authorities, the newly employed of human resources, students of a school's roster and the poor of a
department's list: one table, each name with its source, for somebody to visit. Decision 0360.
"""
