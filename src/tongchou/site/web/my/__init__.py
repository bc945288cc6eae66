"""Residents' pages (居民服务, /my/): am I covered, what did the fund pay and why (GX2017 §18–20; RIG-01, RIG-03).

Designed for a phone of 390 px. Their sessions have nothing to do with those of operators.
"""
