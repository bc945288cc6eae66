"""Logins of the invented city (演示账号)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from tongchou.platform.commands.operators import register_operator
from tongchou.platform.commands.posts import ensure_standard_posts, grant_post
from tongchou.platform.demo_operators import DEMO_OPERATORS, DEMO_PASSWORD
from tongchou.platform.models import Operator
from tongchou.platform.states import UnitLevel


@transaction.atomic
def ensure_demo_operators(*, units: Mapping[UnitLevel, str], active_from: date, now: datetime) -> list[Operator]:
    """Make the demo operators that are missing, at the unit given for their level (演示账号).

    Levels without a unit are left out. They are marked as demo: the login refuses them from any other machine.
    """
    ensure_standard_posts()
    password = make_password(DEMO_PASSWORD)
    operators = []
    for demo in DEMO_OPERATORS:
        if demo.unit_level not in units:
            continue
        operator = Operator.objects.filter(staff_code=demo.staff_code).first()
        if operator is None:
            operator = register_operator(
                staff_code=demo.staff_code,
                name=demo.name,
                citizen_id=demo.citizen_id,
                unit_code=units[demo.unit_level],
                active_from=active_from,
                password=None,
                by=None,
                now=now,
            )
            operator.is_demo, operator.password = True, password
            operator.save(update_fields=["is_demo", "password"])
            for post in demo.posts:
                grant_post(
                    operator_id=operator.pk,
                    post_code=post,
                    unit_code=units[demo.unit_level],
                    valid_from=active_from,
                    by=None,
                    now=now,
                )
        operators.append(operator)
    return operators
