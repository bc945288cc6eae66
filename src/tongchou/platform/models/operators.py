"""Operators, posts, holdings, separation of duties, read grants (经办人、岗位; JL2019 §21; QA2018 三.1)."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tongchou.platform.models.dated import DatedRows
from tongchou.platform.models.organisation import OrgUnit, PoolingArea
from tongchou.platform.ranges import no_overlap
from tongchou.platform.states import GrantPurpose, Language


class Operators(BaseUserManager["Operator"]):
    """Looks operators up by staff code; commands make them."""

    def get_by_natural_key(self, username: str | None) -> "Operator":
        return self.get(staff_code=username)


class Operator(AbstractBaseUser):
    """经办人: one account per real person, bound to the staff code (ORG-08; JL2019 §21).

    `leaves_on` is the last day in service; `left_at` is when the leave took effect. `session_round` is part of every
    session's key: raising it ends all sessions of the operator at once.
    """

    staff_code = models.CharField("医保系统工作人员代码", max_length=30, unique=True)
    name = models.CharField("姓名", max_length=50)
    citizen_id = models.CharField("公民身份号码", max_length=18)
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="operators", verbose_name="所属机构")
    phone = models.CharField("联系电话", max_length=30, blank=True)
    language = models.CharField("界面语言", max_length=10, choices=Language, default=Language.CHINESE)
    active_from = models.DateField("启用日期")
    is_active = models.BooleanField("启用", default=True)
    leaves_on = models.DateField("离职日期", null=True)
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="交接人")
    left_at = models.DateTimeField("离职生效时间", null=True)
    is_demo = models.BooleanField("演示账号", default=False)
    session_round = models.PositiveIntegerField("会话轮次", default=0)

    objects: ClassVar[Operators] = Operators()

    USERNAME_FIELD = "staff_code"
    REQUIRED_FIELDS = ["name", "citizen_id"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["citizen_id"], condition=Q(left_at=None), name="operator_one_account_per_person"
            ),
            models.CheckConstraint(
                condition=Q(citizen_id__regex=r"^\d{17}[\dX]$"), name="operator_citizen_id_has_18_characters"
            ),
            models.CheckConstraint(
                condition=Q(leaves_on=None, successor=None, left_at=None) | Q(leaves_on__isnull=False),
                name="operator_leave_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(leaves_on=None) | Q(leaves_on__gte=F("active_from")), name="operator_leaves_after_start"
            ),
        ]

    asked_on: date | None = None
    """The day of the page that is open: all its questions of permission are of one day, at midnight too."""

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """The key of the sessions of this round and password."""
        return f"{self.session_round}:{super().get_session_auth_hash()}"

    def get_session_auth_fallback_hash(self) -> Iterable[str]:
        for fallback in super().get_session_auth_fallback_hash():
            yield f"{self.session_round}:{fallback}"

    def permissions_on(self, day: date) -> frozenset[str]:
        """All permissions that the posts held that day give, anywhere (权限). Read once per object and day."""
        known = self.__dict__.setdefault("_permissions", {})
        if day not in known:
            from tongchou.platform.duties import duties_of  # reads these tables, and cuts what a post gives

            known[day] = duties_of(self, day).permissions
        return frozenset(known[day])

    @property
    def _day(self) -> date:
        return self.asked_on or timezone.localdate()

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        """Whether a post held today gives the permission; `checks` says whether it reaches a given unit."""
        return self.is_active and permission in self.permissions_on(self._day)

    def has_perms(self, permissions: Iterable[str], obj: Any = None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, chapter: str) -> bool:
        """Whether any permission of the chapter is held: decides what the navigation shows."""
        mine = self.permissions_on(self._day)
        return self.is_active and any(permission.startswith(f"{chapter}.") for permission in mine)


class Post(models.Model):
    """岗位: a set of permissions with its description (ORG-09; QA2018 三.1)."""

    code = models.CharField("岗位代码", max_length=30, primary_key=True)
    name = models.CharField("岗位名称", max_length=30, unique=True)
    duties = models.TextField("岗位职责")
    permissions = ArrayField(models.CharField(max_length=60), verbose_name="权限")
    rank = models.PositiveSmallIntegerField("排序")

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name


class PostHolding(models.Model):
    """任职: an operator holds a post at a unit from a date until a date (ORG-09).

    A holding revoked before it began has an empty span.
    """

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="holdings")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="holdings")
    valid_from = models.DateField("任职日期")
    valid_until = models.DateField("免职日期", null=True)
    granted_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField("授予时间")
    revoked_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField("收回时间", null=True)

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            no_overlap(
                "post_holding_once_at_a_time", "operator", "post", "org_unit", span=("valid_from", "valid_until")
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="post_holding_span_in_order"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, valid_until__isnull=False),
                name="post_holding_revoked_has_an_end",
            ),
            models.CheckConstraint(condition=~Q(granted_by=F("operator")), name="post_holding_not_self_granted"),
        ]


class SodPair(models.Model):
    """不相容岗位: two posts that never meet in one person (`sod.static_pairs`, ORG-10; QA2018 三.1)."""

    post_a = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    post_b = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("理由", max_length=100)
    citation = models.CharField("依据", max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post_a", "post_b"], name="sod_pair_once"),
            models.CheckConstraint(condition=Q(post_a__lt=F("post_b")), name="sod_pair_in_order"),
        ]


class ScopeGrant(models.Model):
    """跨机构查阅授权: reading outside one's own subtree, for clearing or audit, with a reason and an end (ORG-02)."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="scope_grants")
    org_unit = models.ForeignKey(OrgUnit, null=True, on_delete=models.PROTECT, related_name="+")
    pooling_area = models.ForeignKey(PoolingArea, null=True, on_delete=models.PROTECT, related_name="+")
    permissions = ArrayField(models.CharField(max_length=60), verbose_name="查阅权限")
    purpose = models.CharField("用途", max_length=20, choices=GrantPurpose)
    reason = models.CharField("理由", max_length=200)
    valid_from = models.DateField("开始日期")
    valid_until = models.DateField("终止日期")
    granted_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField("授予时间")

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(org_unit=None, pooling_area__isnull=False) | Q(org_unit__isnull=False, pooling_area=None),
                name="scope_grant_unit_or_area",
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="scope_grant_span_in_order"),
            models.CheckConstraint(condition=~Q(granted_by=F("operator")), name="scope_grant_not_self_granted"),
            models.CheckConstraint(condition=~Q(reason=""), name="scope_grant_has_a_reason"),
        ]
