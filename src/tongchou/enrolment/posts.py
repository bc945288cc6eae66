"""Posts that decide what enrolment asks for (岗位; ORG-12)."""

from typing import Final

COUNTY: Final = ("second_reviewer", "eligibility")
"""复核 at the county."""
