"""Platform 平台: agency tree, operators and posts, calendar, numbers, trail, notices, events, periodic jobs.

Articles: GX2017 §3–4 (levels), §121(六) (posts apart), §133 (security); JL2019 §2, 21; QA2018 三.1 (separation of
duties); ESSAY 二.1 (reorganisation). Every chapter above calls it; it calls nothing but the kernel.
Not modelled: the duty table of levels and items (ORG-03), commissioned agents (ORG-04), partner bodies (ORG-05),
delegation of a post (ORG-13), training records (ORG-14), second factor of the login (SYS-11).
Reading order: `states`, `models`, `permissions`, `standard_posts`, `scope`, `queries`, `checks`, `commands`; the chain
of the trail is in `rules` (pure) and `commands.trail`; decisions 0010 to 0017.
"""
