"""Policy lab 政策测算: what stored settlements would have cost under another package; and what would I pay.

Articles: JL2019 §49 and QA2018 二(三) (a surplus too high or too low is steered by ratios and lists of diseases);
BEN-31, ORG-23 (preview of a change of parameters), BEN-43 (trial computation without storing).
Called by nobody; reads settlements through `settlement.rereading`, stores nothing in them. A replay is asked for on a
page, done by a process of its own (`worker`), and kept with the candidate's text, so that it can be told again.
Not modelled: what people would do otherwise under other rules, and premiums: the visits are those that were.
Reading order: `states`, `models`, `rules`, `tally`, `candidates`, `commands`, `running`, `worker`, `queries`, `web`;
decisions 0190 to 0193.
"""
