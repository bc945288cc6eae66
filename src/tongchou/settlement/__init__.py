"""Settlement 结算: one bill split among the funds and the person, once, and undone only by its negative twin.

Articles: GX2017 §70, 71, 77, 80, 81, 128; JL2019 §32, 33; QA2018 五(二) (one-stop); JS2017 五(一).
The way of a settlement: one read (`statements.READ`), pure policy (`rules`), one write (`settlement_record` in the
migrations), one durable commit. Who calls: the hospital's transactions in `api`, the console through `commands`.
Not modelled yet: manual reimbursement (§82–84), station batches (§78), commissioned areas (§79), face settlement (§67),
the designated outpatient institution (JL2019 §25), crediting and interest of personal accounts.
`chain` runs a person-year again by what is known today, `commands.recomputing` settles anew what differs, `following`
hears of what makes a year to be looked at (BEN-42).
Reading order: `states`, `models`, `facts`, `rules`, `cutting`, `checks`, `statements`, `commands`, `queries`,
`replaying`, `chain`, `following`, `invariants`, `jobs`, `reports`, `api`; decisions 0073 to 0081, 0180 to 0185.
"""
