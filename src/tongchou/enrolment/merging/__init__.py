"""归并与拆分: two records of one person become one, and a wrong merge is taken apart again (ENR-17; decision 0320).

What hangs on a record follows by being named to the surviving one; every row that was changed stands in `FollowedRow`
with what it said before and after, so that a split puts exactly that back. Each chapter declares what follows
(`following.register`). Reading order: `models`, `following`, `own`, `commands`, `queries`, `case`, `web`.
"""
