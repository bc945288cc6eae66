"""待遇政策 (policy): what a package of benefit rules says, and what it gives for a bill. Pure; no tables, no clock.

GX2017 §22 (waiting periods), §54, 68, 85 (lines), §64, 73 (referral), §66, 69, 70, 76, 87 (deductible, ratio, cap),
§71 (reversal), §82 (manual claims), §128 (layers); JL2019 §14, 25, 34, 36; QA2018 二(三), 五(二)(三); JS2017 二, 四,
五, 七; NM-ACCT §12–15; NM-REF §4; NC-ACCT §6; BJ-FUND §4, 7; BJ-ACCT §20.

`packages` loads and chooses packages by area, scheme and date · `engine` rates lines, settles and explains ·
`eligibility` says when cover begins and whether it stands · `stays` parts a stay across the start, the end or the
year · `visits` sorts visits whose lines do not all count alike · `person_year` settles a year again · `batch` settles
columns · `cli` are the commands · `bench` measures. Called by contributions, encounters, settlement and everything
above; imports `kernel` only. Behind them: `loading` (text → definition, with proof) and `compiling` (definition → one
program → three executions).

Not modelled: benefit cycles that are no calendar year (Beijing's 360 days of a special disease).
"""
