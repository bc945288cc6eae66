"""待遇政策 (policy): what a package of benefit rules says, and what it gives for a bill. Pure; no tables, no clock.

GX2017 §22 (waiting periods), §54, 68, 85 (lines), §64, 73 (referral), §66, 69, 70, 76, 87 (deductible, ratio, cap),
§71 (reversal), §128 (layers); JL2019 §14, 25, 36; QA2018 二(三), 五(二)(三); NM-ACCT §12.

`packages` loads and chooses packages by area, scheme and date · `engine` rates lines, settles and explains ·
`eligibility` says when cover begins and whether it stands · `stays` parts a stay across the start, the end or the
year · `batch` settles columns · `cli` are the commands · `bench` measures. Called by contributions, encounters,
settlement and everything above; imports `kernel` only. Behind them: `loading` (text → definition, with proof) and
`compiling` (definition → one program → three executions).

Not modelled yet: the rest of a chronic visit as ordinary outpatient in one settlement (BEN-22), third-party cost
(BEN-38), own parts fixed per disease (BEN-37), counties overriding single values (ORG-22), replay of a person-year.
"""
