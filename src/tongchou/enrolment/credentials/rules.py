"""Decisions about media (就诊介质规则): pure functions and refusals."""

from tongchou.kernel.errors import DomainError


class MediumOver(DomainError):
    code = "EN-4033"
    message = "{medium}已于{last_day}停止使用，请使用社会保障卡就医"
    citation = "QA2018 五(五)"
