"""年度切换: the guided change from one benefit year to the next (ORG-26; GX2017 §21, 45, 66).

A `YearChange` is the checklist of one pooling area and year. Each item is declared by the chapter whose business it is
(`items.register`): it looks by itself whether the chapter is ready, or is confirmed by hand with a note and a document.
Nothing switches silently: the steps themselves (生成应缴, 开账, 续签协议, 备案续期 …) are taken in their own chapters
by whom they belong to, the list says what is still open, and a second person releases the year with a second factor.
The old year stays open: year-to-date amounts, policy and books go by the day of the business fact, so a late claim of
the old year meets the old year's accumulators.
Not modelled: a stop of settlements where a year begins unreleased; that is an alarm, not a closed hospital counter
(decision 0310).
Reading order: `states`, `models`, `items`, `own_items`, `commands`, `queries`, `jobs`.
"""
