"""Parameters 政策参数管理: packages of benefit policy, from the first draft to the day they are in force and after.

Articles: GX2017 §134 (local detail), §136 and JL2019 §62, 65, JS2017 八 (from which day), QA2018 三 (six unifications);
ORG-22 to ORG-25, BEN-44.
A package is text; its identity is the hash of what it says. `PolicyVersion` keeps every text that was ever in force,
and nothing there is changed or taken away: a reform is another version from another day, a correction is another
version of the same day that became known later. A `PolicyDraft` is written, checked, tried on golden tables, submitted
and approved by a second person with a second factor. A `LocalRule` is the short text of a smaller area that changes
only what the package above it lets it change; with every package above, it is put together to a package of its own.
Others call: `queries.book()` (every package, from memory), `queries.package_text(hash)`, `queries.draft(id)`,
`queries.drafts_to_try(scope)`, `queries.using(book)` in tests; `events.PolicyPutInForce` tells of a new version.
Not modelled: taking an approved version of a future day back (approve a later correction of it); ending a local rule
other than by one that changes nothing; a county's own value in the rating of charge lines and in waiting periods, which
go by the pooling area (decision 0172).
Reading order: `states`, `models`, `texts`, `local`, `golden`, `shelf`, `shelving`, `validation`, `checks`, `commands`,
`queries`; decisions 0170 on.
"""
