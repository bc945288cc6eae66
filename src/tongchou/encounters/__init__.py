"""Encounters 就医管理: visits and stays at designated institutions, their charge lines, and what undoes each.

Articles: GX2017 §54 (physicians), 57, 63, 67, 68, 70, 71, 84, 85; JL2019 §21, 24, 27, 32; requirement rows ENC-01, 06,
09–12, 15, 16, BEN-12–14, CAT-01, 03, 04, DOC-06. A message is one read, pure rules, one writing database function that
counts it first; lines are rated by the catalogue when they come, and summed per batch for settlement.
Who calls: the hospitals' transactions 2201–2205, 2301, 2302 and 2401–2405 in `api`, settlement (`charging`, `queries`,
the functions of the migrations), the console through `commands`.
Filings of chronic diseases and home beds (ENC-13, 21, 22) and third parties (BEN-38) are kept here and decide how a
bill is cut and what of it is paid. Not modelled: how a chronic disease is certified (ENC-19, 20), filings of referral,
away and special drugs (ENC-24…40), face recognition (ENC-03), designated outpatient institution (ENC-04), daily lists
and consents (ENC-07, 08), deposits (ENC-14), offline registration (ENC-17), maternity proof (ENC-18).
Reading order: `states`, `models`, `facts`, `rules`, `charging`, `checks`, `statements`, `commands`, `queries`,
`invariants`, `jobs`, `api`; decisions 0055 to 0059, 0180 to 0183.
"""
