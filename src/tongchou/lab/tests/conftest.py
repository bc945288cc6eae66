"""T-SET rules, three hospitals of three levels, as in the tests of settlement."""

from tongchou.settlement.tests.conftest import standing, tset_rules

__all__ = ["standing", "tset_rules"]
