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
            former_schemes,
            group_lists,
            history,
            particulars_case,
            roster,
            sent_figures,
            types_case,
            yearly,
        )
        from tongchou.enrolment.bank_accounts import case as account_case
        from tongchou.enrolment.bank_accounts import imports as account_imports
        from tongchou.enrolment.commands.residence import suspend_expired
        from tongchou.enrolment.credentials import case as card_case
        from tongchou.enrolment.credentials import imports as media_imports
        from tongchou.enrolment.credentials import tally
        from tongchou.enrolment.employers import imports as staff_imports
        from tongchou.enrolment.endings import cases as ending_cases
        from tongchou.enrolment.endings.lists import ARRIVING as ARRIVING_STATUS
        from tongchou.enrolment.endings.lists import STATUS_LISTS
        from tongchou.enrolment.identity import asking as police
        from tongchou.enrolment.merging import case as merge_cases
        from tongchou.enrolment.merging import commands as merging
        from tongchou.enrolment.merging import following, own
        from tongchou.enrolment.registration import correcting, school_rolls
        from tongchou.enrolment.registration import kind as registration
        from tongchou.enrolment.transfers import case as transfer_cases
        from tongchou.enrolment.transfers import exchanging
        from tongchou.enrolment.unregistered import births, hires
        from tongchou.enrolment.unregistered import commands as unregistered
        from tongchou.exchange import figures, flows
        from tongchou.platform import histories, jobs, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds
        from tongchou.year_change import items as year_items

        kinds.register(roster.ROSTER)
        case_kinds.register(registration.KIND)
        case_kinds.register(particulars_case.KIND)
        case_kinds.register(correcting.KIND)
        for one in types_case.KINDS:
            case_kinds.register(one)
        case_kinds.register(card_case.KIND)
        for ending in ending_cases.KINDS:
            case_kinds.register(ending)
        case_kinds.register(account_case.KIND)
        case_kinds.register(transfer_cases.TO_AREA)
        case_kinds.register(transfer_cases.TO_SCHEME)
        kinds.register(group_lists.GROUP_LISTS)
        flows.register_incoming(group_lists.ARRIVING)
        flows.register_incoming(roster.ARRIVING)
        flows.register_incoming(ARRIVING_STATUS)
        for outside in (births, hires):
            flows.register_incoming(outside.ARRIVING)
        kinds.register(births.BIRTHS)
        kinds.register(hires.HIRES)
        kinds.register(school_rolls.SCHOOL_ROLL)
        flows.register_incoming(school_rolls.ARRIVING)
        figures.register(*sent_figures.FIGURES)
        kinds.register(police.RESULTS)
        flows.register(police.FLOW)
        flows.register_incoming(police.ARRIVING)
        kinds.register(media_imports.MEDIA)
        kinds.register(account_imports.ACCOUNTS)
        kinds.register(staff_imports.STAFF)
        kinds.register(exchanging.DOCUMENTS)
        flows.register(exchanging.FLOW)
        kinds.register(STATUS_LISTS)
        kinds.register(former_schemes.FORMER_SCHEMES)
        lists.register(exports.ROSTER)
        trail.name_actions(actions.LABELS)
        histories.register(history.SOURCE)
        jobs.register("enrolment.count_cards", label="汇总发卡进度", every=timedelta(hours=6), work=tally.count_cards)
        jobs.register(
            "enrolment.settle_leads", label="未登记人员登记后移出", every=timedelta(hours=1), work=unregistered.settle
        )
        jobs.register(
            "enrolment.find_duplicates", label="查找疑似重复参保", every=timedelta(days=1), work=duplicates.find
        )
        jobs.register(
            "enrolment.suspend_expired", label="居留证件到期停保", every=timedelta(hours=6), work=suspend_expired
        )
        jobs.register(
            "enrolment.follow_late",
            label="归并后到达的记录转入保留登记",
            every=timedelta(hours=1),
            work=merging.follow_late,
        )
        following.register(*own.FOLLOWED)
        for conflict in own.CONFLICTS:
            following.forbid(conflict)
        for merge in merge_cases.KINDS:
            case_kinds.register(merge)
        year_items.register(yearly.ITEM)
