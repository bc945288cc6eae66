"""Bank accounts of persons (银行账户; ENR-19)."""

from django.db import models
from django.db.models import F, Q

from tongchou.enrolment.bank_accounts.states import AccountSource, HolderKind


class BankAccount(models.Model):
    """银行账户 in use from `recorded_at` until `replaced_at`; never edited, one in use per person (ENR-19)."""

    person = models.ForeignKey(
        "enrolment.Person", on_delete=models.PROTECT, related_name="bank_accounts", db_index=False
    )
    bank_name = models.CharField("开户银行", max_length=60)
    account_no = models.CharField("银行账号", max_length=40)
    holder_kind = models.CharField("账户持有人", max_length=10, choices=HolderKind)
    holder_name = models.CharField("户名", max_length=50)
    source = models.CharField("登记方式", max_length=10, choices=AccountSource)
    reason = models.CharField("变更原因", max_length=200, blank=True)
    evidence = models.CharField("依据", max_length=200, blank=True)
    staff_code = models.CharField("经办人", max_length=30)
    recorded_at = models.DateTimeField("生效时间")
    replaced_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(replaced_at=None), name="bank_account_one_in_use"),
            models.UniqueConstraint(fields=["person", "recorded_at"], name="bank_account_one_an_instant"),
            models.CheckConstraint(
                condition=Q(replaced_at=None) | Q(replaced_at__gt=F("recorded_at")), name="bank_account_span_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(bank_name="") & ~Q(account_no="") & ~Q(holder_name=""), name="bank_account_whole"
            ),
        ]
        indexes = [models.Index(fields=["-recorded_at", "-id"], name="bank_account_recent")]
