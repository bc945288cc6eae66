"""整户参保登记 (附件1; GX2017 §6–8, 10, 11; JL2019 §6, 7): the application of a household, from village to register.

`fields` is the form, `reading` turns its rows into registrations and says what is wrong where, `kind` is the item with
its papers, path and effect, `households` what a household's book may change, `forwarding` the lists of signed forms,
`cancelling` takes back what was entered by mistake. Not here: the bank's confirmation of agreements (contributions).
"""
