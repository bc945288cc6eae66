"""公安身份核查 (JL2019 §7, §10; QA2018 一; SYS-06): who we say our insured are, asked of the police in a file.

Their answer agrees, or differs; each difference is work for a clerk: another name or number is put right by two
persons, a moved household by one, a death goes the way of every report of a death. Nothing changes by the file alone.
"""
