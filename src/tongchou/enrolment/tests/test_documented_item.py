"""The item that the guide builds from nothing (新增一项业务) can be declared as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from tongchou.cases import kinds

GUIDE = Path(__file__).parents[4] / "docs" / "adding-a-business-item.md"


@pytest.mark.requirement("ORG-15")
def test_the_item_of_the_guide_is_declared_without_a_fault() -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    made: dict[str, Any] = {}
    exec(compile(blocks[0], str(GUIDE), "exec"), made)  # noqa: S102  the guide's own text
    assert list(kinds.problems(made["KIND"])) == []
    assert made["KIND"].code not in {one.code for one in kinds.registered()}
