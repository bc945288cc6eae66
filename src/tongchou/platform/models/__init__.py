"""Tables of the platform (平台)."""

from tongchou.platform.models.agents import AgentOffice, AgreementDocument, Commission, CommissionItem
from tongchou.platform.models.calendar import CalendarDay, CalendarYear
from tongchou.platform.models.duty_matrix import DutyCell, DutyEdition
from tongchou.platform.models.jobs import JobState
from tongchou.platform.models.notices import Notice
from tongchou.platform.models.numbering import NumberSeries
from tongchou.platform.models.operators import Operator, Post, PostHolding, ScopeGrant, SodPair
from tongchou.platform.models.organisation import OrgUnit, OrgUnitName, PoolingArea
from tongchou.platform.models.papers import IssuedPaper
from tongchou.platform.models.second_factor import RecoveryCode, SecondFactor
from tongchou.platform.models.trail import TrailEntry, TrailSeal
from tongchou.platform.models.training import PostConfirmation, PostTraining, TrainingCourse, TrainingRecord

__all__ = [
    "AgentOffice",
    "AgreementDocument",
    "CalendarDay",
    "CalendarYear",
    "Commission",
    "CommissionItem",
    "DutyCell",
    "DutyEdition",
    "IssuedPaper",
    "JobState",
    "Notice",
    "NumberSeries",
    "Operator",
    "OrgUnit",
    "OrgUnitName",
    "PoolingArea",
    "Post",
    "PostConfirmation",
    "PostHolding",
    "PostTraining",
    "RecoveryCode",
    "ScopeGrant",
    "SecondFactor",
    "SodPair",
    "TrailEntry",
    "TrailSeal",
    "TrainingCourse",
    "TrainingRecord",
]
