"""Refusals of the wire itself (接口拒绝): what is wrong with a message before any business looks at it."""

from tongchou.kernel.errors import DomainError


class MessageRefused(DomainError):
    """A message that cannot be read, or whose sender may not send it."""


class EmptyMessage(MessageRefused):
    code = "WI-1001"
    message = "报文为空，请以POST方式发送JSON报文"


class NotJson(MessageRefused):
    code = "WI-1002"
    message = "报文不是合法的JSON：{where}"


class WrongCharset(MessageRefused):
    code = "WI-1003"
    message = "报文字符集不是{charset}：请以UTF-8编码，或在Content-Type中声明charset=GB18030"


class TooLarge(MessageRefused):
    code = "WI-1004"
    message = "报文过大：最多{limit}字节，请分批上传"


class TooDeep(MessageRefused):
    code = "WI-1005"
    message = "报文嵌套层数过多"


class NotAnObject(MessageRefused):
    code = "WI-1006"
    message = "{title}应为JSON对象"


class Missing(MessageRefused):
    code = "WI-1101"
    message = "{title}不能为空"


class TooLong(MessageRefused):
    code = "WI-1102"
    message = "{title}过长：最多{size}个字符，实际{length}个"


class NotANumber(MessageRefused):
    code = "WI-1103"
    message = "{title}不是数字：“{value}”"


class OutOfRange(MessageRefused):
    code = "WI-1104"
    message = "{title}超出范围：最多{digits}位整数、{scale}位小数，实际“{value}”"


class NotATime(MessageRefused):
    code = "WI-1105"
    message = "{title}不是日期时间：“{value}”"


class NotAText(MessageRefused):
    code = "WI-1106"
    message = "{title}应为文本"


class ForbiddenCharacter(MessageRefused):
    code = "WI-1107"
    message = "{title}含有不能保存的字符"


class UnknownTransaction(MessageRefused):
    code = "WI-2001"
    message = "交易报文不正确：未知交易编号(infno)“{infno}”"


class UnknownInstitution(MessageRefused):
    code = "WI-2002"
    message = "定点医药机构编号(fixmedins_code)“{code}”未开通接口"


class AccessStopped(MessageRefused):
    code = "WI-2003"
    message = "定点医药机构编号(fixmedins_code)“{code}”的接口已停用"


class SignatureMissing(MessageRefused):
    code = "WI-2004"
    message = "缺少服务网关的请求头：{header}"


class SignatureExpired(MessageRefused):
    code = "WI-2005"
    message = "签名时间戳超时：请校准时钟"


class SignatureWrong(MessageRefused):
    code = "WI-2006"
    message = "签名不一致"


class NotSignedIn(MessageRefused):
    code = "WI-2007"
    message = "签到编号(sign_no)无效或已签退，请先签到(9001)"


class SignInUnknown(MessageRefused):
    code = "WI-2008"
    message = "签到编号(sign_no)“{sign_no}”不是本机构当日的签到"


class BookingUndone(MessageRefused):
    code = "WI-3001"
    message = "该报文已被冲正，请更换发送方报文ID(msgid)后重新发送"


class OriginalUnknown(MessageRefused):
    code = "WI-3002"
    message = "未找到原交易：原发送方报文ID(omsgid)“{msgid}”、原交易编号(oinfno)“{infno}”"


class OriginalUndone(MessageRefused):
    code = "WI-3003"
    message = "原交易已于{at}冲正，不能再次冲正"


class NotReversible(MessageRefused):
    code = "WI-3004"
    message = "交易{infno}不支持冲正，请使用对应的撤销交易"


class OriginalAmbiguous(MessageRefused):
    code = "WI-3005"
    message = "原发送方报文ID(omsgid)“{msgid}”对应{count}笔交易，请改用接收方报文ID(inf_refmsgid)"


class UnknownTable(MessageRefused):
    code = "WI-3101"
    message = "字典类型(type)“{table}”不存在"


class Unavailable(MessageRefused):
    """A fault of ours or of the database: the answer asks the hospital to find out before it tries anew."""

    code = "WI-9001"
    message = "系统错误(流水号{reply_no})：交易结果未知，请以原报文重发确认，或查询后冲正"
