"""What can be wrong with a file or a cell (表格错误): codes and the words a clerk reads."""

from typing import Final, NamedTuple

from tongchou.kernel.errors import DomainError


class FileUnreadable(DomainError):
    code = "PL-0801"
    message = "文件无法读取:{problem}"


class EncodingUnknown(FileUnreadable):
    code = "PL-0802"
    message = "文件编码无法识别:第{line}行既不是UTF-8也不是GB18030。请用Excel另存为“xlsx”或“CSV UTF-8”"


class HeaderMissing(FileUnreadable):
    code = "PL-0803"
    message = "前{rows}行中找不到表头。{title}应有列:{expected}"


class ColumnsMissing(FileUnreadable):
    code = "PL-0804"
    message = "缺少必需的列:{missing}"


class ColumnTwice(FileUnreadable):
    code = "PL-0805"
    message = "列“{header}”出现两次:{first}列和{second}列"


class FileTooLarge(FileUnreadable):
    code = "PL-0806"
    message = "文件过大:展开后{size}MB,超过{limit}MB"


class NoRows(FileUnreadable):
    code = "PL-0807"
    message = "文件里只有表头,没有数据行"


class Fault(NamedTuple):
    """One kind of fault of a cell."""

    code: str
    words: str


REQUIRED: Final = Fault("PL-0811", "不能为空")
TOO_LONG: Final = Fault("PL-0812", "超过{limit}个字")
NOT_A_DATE: Final = Fault("PL-0813", "不是日期,应如2018-01-05")
DATE_OUT_OF_RANGE: Final = Fault("PL-0814", "日期应在1850年至2199年之间")
NOT_MONEY: Final = Fault("PL-0815", "不是金额,应为最多两位小数的元")
NOT_WHOLE: Final = Fault("PL-0816", "不是整数")
NOT_A_NUMBER: Final = Fault("PL-0817", "不是数字")
NOT_A_RATIO: Final = Fault("PL-0818", "应为0至1的小数或带%的百分数")
NOT_A_CHOICE: Final = Fault("PL-0819", "应为{choices}之一")
NOT_YES_OR_NO: Final = Fault("PL-0820", "应为“是”或“否”")
SCIENTIFIC: Final = Fault("PL-0821", "号码已变成科学计数法,末几位已丢失;请把该列设为文本格式后重新填写")
DIGITS_LOST: Final = Fault("PL-0822", "号码按数值保存,超过15位的数字已丢失;请把该列设为文本格式后重新填写")
CONTROL_CHARACTERS: Final = Fault("PL-0823", "含有不可见的控制字符")
ERROR_CELL: Final = Fault("PL-0824", "单元格是公式错误")
TOO_MANY_CELLS: Final = Fault("PL-0825", "该行的列数比表头多")
TWICE_IN_FILE: Final = Fault("PL-0826", "与第{row}行重复")
NEGATIVE: Final = Fault("PL-0827", "不能为负数")
BAD_PATTERN: Final = Fault("PL-0828", "格式不符:{pattern}")
