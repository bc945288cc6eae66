"""Scenarios from a file (测算方案): names, each with the values it changes in a package.

提高一级医院比例五个百分点:
  parameters/ratio.inpatient/values/L1: 95
"""

from pathlib import Path
from typing import Final

import yaml

from tongchou.kernel.errors import DomainError
from tongchou.policy.errors import PackageRefused
from tongchou.policy.packages import Package
from tongchou.policy.simulation import Scenario

MOST: Final = 1_000


class BadScenarios(DomainError):
    """A file of scenarios that is not in order."""

    code = "PO-0205"
    message = "测算方案文件{file}不能使用:{reason}"
    citation = ""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(file=str(file), reason=reason)


def read(file: Path, base: Package) -> list[Scenario]:
    """Every scenario of a file, on a base. Raises: BadScenarios naming the scenario and the path."""
    try:
        held = yaml.load(file.read_text("utf-8"), Loader=_Text)
    except UnicodeDecodeError:
        raise BadScenarios(file, "不是UTF-8编码") from None
    except yaml.YAMLError as error:
        raise BadScenarios(file, f"不是合法的YAML({str(error).splitlines()[0]})") from None
    if not isinstance(held, dict) or not held:
        raise BadScenarios(file, "应为“方案名: {路径: 值}”")
    if len(held) > MOST:
        raise BadScenarios(file, f"方案超过{MOST}个")
    return [Scenario(str(name), _changed(file, base, str(name), changes)) for name, changes in held.items()]


def _changed(file: Path, base: Package, name: str, changes: object) -> Package:
    if not isinstance(changes, dict) or not changes:
        raise BadScenarios(file, f"方案“{name}”没有列出要改的值")
    for path, value in changes.items():
        if value == "":
            raise BadScenarios(file, f"方案“{name}”的“{path}”没有值")
        if not _reaches(base, str(path)):
            raise BadScenarios(file, f"方案“{name}”:政策包没有路径“{path}”")
    try:
        return base.draft({str(path): value for path, value in changes.items()})
    except PackageRefused as refused:
        raise BadScenarios(file, f"方案“{name}”:{refused.findings[0]}") from None


def _reaches(base: Package, path: str) -> bool:
    """Is there such a path? A value that no package may have is refused where it arrives."""
    try:
        return base.draft({path: {"路径": "是否存在"}}) is None
    except PackageRefused:
        return True


class _Text(yaml.SafeLoader):
    """Reads every plain value as text, as packages are read: no number becomes a float."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, object]]] = {}


def _unique(loader: _Text, node: yaml.MappingNode) -> dict[object, object]:
    held: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in held:
            raise yaml.YAMLError(f"“{key}”重复")
        held[key] = loader.construct_object(value_node, deep=True)
    return held


_Text.add_constructor("tag:yaml.org,2002:map", _unique)
