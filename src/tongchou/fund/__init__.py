"""Fund 基金财务: the books of each fund, and what it owes the institutions.

Articles of GX2017 §93–109, JL2019 ch 8 and 财会〔2017〕28号: GX2017 §94 (no cash), §95 (income on documents),
§100 (vouchers), §101 (ledgers); JL2019 §45–47.
One fund = one pooling area × one scheme with books of its own. `chart` holds the national subjects; a voucher is
written once, balanced by the database at commit, never changed, and undone only by its reversal. What is owed but not
yet paid is no entry of the books (cash basis) but a line of the sub-ledger `InstitutionDue`, written by the database
function `fund_owe` in the statement that settles.
Income is confirmed by a bank entry and a business document of the same amount, prepared and reviewed by two persons
(`documents`; §95, 97); movements between the fund's accounts need a document alone (§93, 98). `postings.yaml` says per
area which accounts each kind moves.
A month is closed when it is over and every document of it is reviewed (`closing`; §101); the clock opens the next.
Not modelled yet: the register of bank accounts and its reconciliation (§93, 99), spending plans (§96), payment (§97),
reports (§102), budget and final accounts (§103–109), drafts of manual vouchers.
Reading order: `states`, `chart`, `models`, `rules`, `commands`, `queries`, `documents`, `closing`, `invariants`,
`jobs`; decisions 0070 on, 0300, 0301, 0403, 0404.
"""
