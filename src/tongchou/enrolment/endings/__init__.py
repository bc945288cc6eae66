"""Ends of the relation 停保、注销及其更正 (GX2017 §15; JL2019 §8, 10; ENR-16, ENR-20 to ENR-24).

A suspension leaves the relation standing, a termination ends it; both are recorded as a `RelationEnding` that says what
stood before, so that a wrong one is put right without a gap. They come by application at the counter (`cases`), or from
the police, courts and other agencies as a list that is held for objection (`lists`, `reports`).
Reading order: `reasons` (what counts as what, by area), `commands`, `undoing`, `matters`, `cases`, `lists`, `reports`.
"""
