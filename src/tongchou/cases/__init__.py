"""业务件: whatever a counter accepts is a case: one form, listed materials, a path of steps, a due date, one effect.

Covered: GX2017 §5, 11, 35; JL2019 §3 (综合柜员制), 18 (受理、一次性告知); QA2018 三.1 (不相容岗位, per case);
By requirement: ORG-11…13, ORG-15…18, ORG-21, RIG-10. A chapter above declares its items with `kinds.register`; it is
called by the effect of the last decision and by nothing else, and hears of cases by `events`.
"""
