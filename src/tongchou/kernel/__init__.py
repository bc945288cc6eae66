"""Kernel: money, periods, months, working days, citations and refusals.

Imports nothing of ours and no framework; every chapter may use it. No tables, no clock.
"""
