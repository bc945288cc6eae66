"""Tables of cases (业务件)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.cases.kinds import work_of
from tongchou.cases.states import FINISHED, OPEN, Act, CaseState, Channel
from tongchou.platform.ranges import no_overlap

_STATES_OPEN = [state.value for state in OPEN]
_STATES_FINISHED = [state.value for state in FINISHED]


class Receipt(models.Model):
    """收件回执: what one applicant handed in at one window at one time; one or several cases (JL2019 §3)."""

    number = models.CharField("回执号", max_length=40, unique=True)
    unit_code = models.CharField("收件机构", max_length=12)
    applicant_name = models.CharField("申请人", max_length=50)
    applicant_phone = models.CharField("联系电话", max_length=30, blank=True)
    agent_name = models.CharField("代办人", max_length=50, blank=True)
    received_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField("收件时间")


class Case(models.Model):
    """业务件 (JL2019 §3; ORG-15, 16).

    `path` holds the codes of the steps this case takes, fixed when it was accepted; `step` is the one at hand.
    `version` rises with each act, so that two persons cannot decide the same step. `due_on` is empty until papers are
    complete and while the clock is paused for a supplement; `paused_due_on` then keeps the day it stood at. `in_time`
    says of a decided case whether it kept its limit. `known` is what was registered at acceptance: the form printed
    after the decision still shows the old values. `handler` is set when a leader gave the step at hand to somebody by
    name (转交), and empty again once that step is done. `done_at_once` says what took effect with the acceptance
    (即时生效). The three of `paper` say of a case taken on paper while the system was down, and entered afterwards
    (事后补录), when it was taken, under which number, and why (GX2017 §130).
    """

    number = models.CharField("受理号", max_length=40, unique=True)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField("事项", max_length=40)
    subject_key = models.CharField("办理对象编号", max_length=40)
    subject_name = models.CharField("办理对象", max_length=100)
    unit_code = models.CharField("所属机构", max_length=12)
    pooling_area = models.CharField("统筹区", max_length=6)
    form = models.JSONField("表单")
    rows = models.JSONField("表内各行", default=list)
    known = models.JSONField("受理时登记内容", default=dict)
    done_at_once = models.CharField("即时生效", max_length=200, blank=True, db_default="")
    amount_fen = models.BigIntegerField("金额(分)", null=True)
    state = models.CharField("状态", max_length=20, choices=CaseState)
    path = ArrayField(models.CharField(max_length=30), verbose_name="办理环节")
    step = models.CharField("当前环节", max_length=30, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    request_id = models.CharField("请求号", max_length=64)
    accepted_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(
        "申请渠道", max_length=10, choices=Channel, default=Channel.COUNTER, db_default="counter"
    )
    handler = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("收件时间")
    paper_on = models.DateField("纸质受理日期", null=True)
    paper_number = models.CharField("纸质编号", max_length=40, blank=True, db_default="")
    paper_reason = models.CharField("补录原因", max_length=200, blank=True, db_default="")
    accepted_on = models.DateField("受理日期", null=True)
    due_on = models.DateField("办理期限", null=True)
    paused_on = models.DateField("暂停计时日", null=True)
    paused_due_on = models.DateField("暂停时的期限", null=True)
    finished_at = models.DateTimeField("办结时间", null=True)
    in_time = models.BooleanField("按期办结", null=True)
    result = models.TextField("办理结果", blank=True)
    handed_to = models.CharField("领取人", max_length=50, blank=True)
    handed_out_at = models.DateTimeField("领取时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["accepted_by", "request_id"], name="case_accepted_once"),
            models.UniqueConstraint(
                fields=["request_id"], condition=Q(accepted_by=None), name="case_asked_once_by_self_service"
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.COUNTER, accepted_by__isnull=False)
                | ~Q(channel=Channel.COUNTER) & Q(accepted_by=None),
                name="case_of_the_counter_has_a_clerk",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_key"], condition=Q(state__in=_STATES_OPEN), name="case_one_open_per_subject"
            ),
            models.CheckConstraint(
                condition=Q(paper_on=None, paper_number="", paper_reason="")
                | Q(paper_on__isnull=False) & ~Q(paper_number="") & ~Q(paper_reason=""),
                name="case_entered_afterwards_says_of_what",
            ),
            models.UniqueConstraint(
                fields=["kind", "paper_number", "paper_on"],
                condition=Q(paper_on__isnull=False) & ~Q(state=CaseState.NOT_ACCEPTED),
                name="case_of_a_paper_once",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.IN_HAND, due_on__isnull=False, accepted_on__isnull=False, paused_on=None)
                & ~Q(step="")
                | ~Q(state=CaseState.IN_HAND),
                name="case_in_hand_has_a_step_and_a_limit",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.SUPPLEMENTING, due_on=None, paused_on__isnull=False)
                | ~Q(state=CaseState.SUPPLEMENTING),
                name="case_supplementing_is_paused",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_STATES_FINISHED, finished_at__isnull=False) & ~Q(result="")
                | Q(state__in=_STATES_OPEN, finished_at=None, result=""),
                name="case_finished_has_a_result",
            ),
            models.CheckConstraint(
                condition=Q(handed_out_at=None, handed_to="")
                | Q(handed_out_at__isnull=False, finished_at__isnull=False) & ~Q(handed_to=""),
                name="case_handed_out_when_finished",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(CaseState.DONE, CaseState.REFUSED), in_time__isnull=False)
                | ~Q(state__in=(CaseState.DONE, CaseState.REFUSED)) & Q(in_time=None),
                name="case_decided_says_whether_in_time",
            ),
            models.CheckConstraint(
                condition=Q(handler=None) | Q(state__in=_STATES_OPEN), name="case_handler_while_open"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen=None) | Q(amount_fen__gte=0), name="case_amount_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "step", "due_on"], condition=Q(state="in_hand"), name="case_queue"),
            models.Index(fields=["due_on"], condition=Q(state="in_hand"), name="case_due"),
            models.Index(fields=["subject_key", "-id"], name="case_of_subject"),
            models.Index(fields=["unit_code", "-id"], name="case_of_unit"),
            models.Index(fields=["created_at"], name="case_by_creation"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="case_by_end"),
        ]

    @property
    def work(self) -> str:
        """The name under which commissions of agents know it (委托业务; ORG-04)."""
        return work_of(self.kind)


class CaseAct(models.Model):
    """办理记录: one line of a case's history; only ever inserted.

    `person` is the citizen ID of who acted, for duties are kept apart by person and not by account (ORG-11);
    `on_behalf_of` is set when a post was delegated (代办理).
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="acts")
    version = models.PositiveIntegerField("版本")
    at = models.DateTimeField("时间")
    act = models.CharField("动作", max_length=20, choices=Act)
    step = models.CharField("环节", max_length=30, blank=True)
    to_step = models.CharField("转入环节", max_length=30, blank=True)
    operator = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.CharField("经办人身份号码", max_length=18, blank=True)
    on_behalf_of = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    opinion = models.CharField("意见", max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="case_act_once_per_version"),
            models.CheckConstraint(
                condition=Q(operator=None, person="") | Q(operator__isnull=False) & ~Q(person=""),
                name="case_act_by_a_person_or_the_clock",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=[Act.RETURNED, Act.REFUSED, Act.NOT_ACCEPTED, Act.WITHDRAWN]) | ~Q(opinion=""),
                name="case_act_against_has_a_reason",
            ),
        ]
        ordering = ["version"]


class CaseClaim(models.Model):
    """在办占用: what an open case names and no other open case of the kind may name; gone when the case is finished."""

    kind = models.CharField("事项", max_length=40)
    key = models.CharField("占用内容", max_length=100)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="case_claim_once")]


class CaseMaterial(models.Model):
    """申请材料: one paper of one case, handed in or still missing; what was noted of it, and by whom (ENR-05).

    `received_by` took it in for a 补正; what came with the application was taken by whoever accepted that.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="materials")
    code = models.CharField("材料代码", max_length=30)
    name = models.CharField("材料名称", max_length=100)
    received_at = models.DateTimeField("收到时间", null=True)
    received_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    original_seen = models.BooleanField("已验原件", default=False)
    copy_kept = models.BooleanField("已留复印件", default=False)
    verified_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField("核验时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "code"], name="case_material_once"),
            models.CheckConstraint(
                condition=Q(original_seen=False, copy_kept=False, verified_by=None, verified_at=None)
                | Q(verified_by__isnull=False, verified_at__isnull=False),
                name="case_material_verified_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(received_by=None) | Q(received_at__isnull=False), name="case_material_taken_when"
            ),
        ]


class SupplementNotice(models.Model):
    """补正通知: the one list of what is missing, with its date (一次性告知; JL2019 §18)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    told_at = models.DateTimeField("告知时间")
    materials = ArrayField(models.CharField(max_length=30), verbose_name="材料")
    supply_by = models.DateField("补正期限")
    closed_at = models.DateTimeField("补正完成时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(closed_at=None), name="supplement_notice_one_open"),
            models.CheckConstraint(condition=~Q(materials=[]), name="supplement_notice_lists_something"),
        ]


class Content(models.Model):
    """附件内容: the bytes of a file, once, under their own SHA-256."""

    digest = models.BinaryField("摘要", primary_key=True, max_length=32)
    media_type = models.CharField("类型", max_length=40)
    size = models.PositiveIntegerField("字节数")
    data = models.BinaryField("内容")
    thumbnail = models.BinaryField("缩略图", null=True)


class Attachment(models.Model):
    """附件: a scan, a photo or a PDF with a case; without an operator the applicant sent it (ENR-34)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    material_code = models.CharField("材料代码", max_length=30, blank=True)
    name = models.CharField("文件名", max_length=100)
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+")
    attached_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField("上传时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "content"], name="attachment_once_per_case")]


class Delegation(models.Model):
    """岗位委托: a post handed to a colleague for some days (ORG-13)."""

    delegator = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    post = models.CharField("岗位", max_length=30)
    reason = models.CharField("理由", max_length=200)
    valid_from = models.DateField("开始日期")
    valid_until = models.DateField("终止日期")
    delegated_at = models.DateTimeField("委托时间")

    class Meta:
        constraints = [
            no_overlap(
                "delegation_once_at_a_time", "delegator", "delegate", "post", span=("valid_from", "valid_until")
            ),
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegation_to_another"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="delegation_span_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="delegation_has_a_reason"),
        ]


class StepLimit(models.Model):
    """审批限额 (`approval.chain.*`; ORG-12): above which amount a step is taken in one pooling area, from a date.

    It stands before the limit of the declaration; zero means that the step is always taken.
    """

    pooling_area = models.CharField("统筹区", max_length=6)
    kind = models.CharField("事项", max_length=40)
    step = models.CharField("环节", max_length=30)
    above_fen = models.BigIntegerField("金额超过(分)")
    valid_from = models.DateField("启用日期")
    valid_until = models.DateField("终止日期", null=True)
    reason = models.CharField("依据", max_length=200)
    set_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设定时间")

    class Meta:
        constraints = [
            no_overlap("step_limit_one_a_day", "pooling_area", "kind", "step", span=("valid_from", "valid_until")),
            models.CheckConstraint(condition=Q(above_fen__gte=0), name="step_limit_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="step_limit_span_in_order"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="step_limit_has_a_reason"),
        ]


class Draft(models.Model):
    """草稿: a form left unfinished, as the browser posted it (field to its texts), for its writer alone (ORG-16)."""

    operator = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("事项", max_length=40)
    subject_key = models.CharField("办理对象编号", max_length=40)
    subject_name = models.CharField("办理对象", max_length=100)
    unit_code = models.CharField("所属机构", max_length=12)
    fields = models.JSONField("表单原样")
    saved_at = models.DateTimeField("保存时间")
    expires_on = models.DateField("保留至")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "kind", "subject_key"], name="draft_one_per_form"),
        ]
        indexes = [models.Index(fields=["expires_on"], name="draft_expiry")]
