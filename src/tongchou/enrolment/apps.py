from datetime import timedelta

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "tongchou.enrolment"
    label = "enrolment"
    verbose_name = "参保登记"

    def ready(self) -> None:
        """Let the roster and the lists of departments come in, declare the counter's items, watch documents' ends."""
        from tongchou.cases import kinds as case_kinds
        from tongchou.enrolment import (
            actions,
            duplicates,
            exports,
            group_lists,
            history,
            particulars_case,
            roster,
            yearly,
        )
        from tongchou.enrolment.bank_accounts import case as account_case
        from tongchou.enrolment.commands.residence import suspend_expired
        from tongchou.enrolment.endings import cases as ending_cases
        from tongchou.enrolment.endings.lists import STATUS_LISTS
        from tongchou.enrolment.registration import kind as registration
        from tongchou.platform import histories, jobs, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds
        from tongchou.year_change import items as year_items

        kinds.register(roster.ROSTER)
        case_kinds.register(registration.KIND)
        case_kinds.register(particulars_case.KIND)
        for ending in ending_cases.KINDS:
            case_kinds.register(ending)
        case_kinds.register(account_case.KIND)
        kinds.register(group_lists.GROUP_LISTS)
        kinds.register(STATUS_LISTS)
        lists.register(exports.ROSTER)
        trail.name_actions(actions.LABELS)
        histories.register(history.SOURCE)
        jobs.register(
            "enrolment.find_duplicates", label="查找疑似重复参保", every=timedelta(days=1), work=duplicates.find
        )
        jobs.register(
            "enrolment.suspend_expired", label="居留证件到期停保", every=timedelta(hours=6), work=suspend_expired
        )
        year_items.register(yearly.ITEM)
