"""Citations of regulations (条款引用): `GX2017 §22 第2款`, `QA2018 五(三)`."""

import re
from dataclasses import dataclass

_PATTERN = re.compile(r"^(?P<document>[A-Z]{2,}(?:-[A-Z]+)?\d{0,4}) (?P<clause>\S.*)$")

DOCUMENTS = {
    "GX2017": "广西城乡居民基本医疗保险业务经办规程(试行)",
    "JL2019": "吉林省城乡居民基本医疗保险业务经办规程(试行)",
    "JS2017": "江苏省医疗保险异地就医省内联网结算经办服务规程",
    "QA2018": "秦安县进一步加强城乡居民基本医疗保险管理工作的通知",
    "BJ-FUND": "北京市基本医疗保险统筹基金和个人账户基金管理",
    "BJ-ACCT": "北京市基本医疗保险个人账户管理",
    "AGR2003": "城镇职工基本医疗保险定点医疗机构服务协议文本要点",
    "NM-REF": "内蒙古自治区本级转诊转院及特殊检查治疗审批",
    "NM-ACCT": "内蒙古自治区本级个人账户管理",
    "NC-ACCT": "南昌市个人账户IC卡管理",
    "INSP": "定点医疗机构和药店检查情况通报",
    "ESSAY": "城乡医保整合",
}
"""Short name → the document's title, as the citations use them."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One clause of one document."""

    document: str
    clause: str

    @classmethod
    def parse(cls, text: str) -> "Citation":
        """Read `GX2017 §22 第2款`. Raises: ValueError for anything else."""
        match = _PATTERN.match(text.strip())
        if match is None or match["document"] not in DOCUMENTS:
            raise ValueError(f"not a citation: {text!r}")
        return cls(match["document"], match["clause"])

    @property
    def title(self) -> str:
        return f"《{DOCUMENTS[self.document]}》{self.clause}"

    def __str__(self) -> str:
        return f"{self.document} {self.clause}"
