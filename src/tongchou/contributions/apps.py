from datetime import timedelta

from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    name = "tongchou.contributions"
    label = "contributions"
    verbose_name = "筹资缴费"

    def ready(self) -> None:
        """Import what banks and tax offices report, send what banks shall draw, follow what enrolment tells."""
        from tongchou.cases import kinds as case_kinds
        from tongchou.contributions import (
            answers,
            arriving,
            collection,
            ended_papers,
            exports,
            following,
            history,
            imports,
            invariants,
            mandate_files,
            mandates,
            merged_persons,
            progress,
            registered,
            sent_figures,
            yearly,
        )
        from tongchou.contributions.aid import answers as aid_answers
        from tongchou.contributions.aid import commands as aid
        from tongchou.contributions.aid import following as aid_following
        from tongchou.contributions.aid import return_case
        from tongchou.contributions.base_audits import commands as base_audits
        from tongchou.contributions.base_audits import imports as audit_imports
        from tongchou.contributions.dues import aid_case
        from tongchou.contributions.dues import commands as dues
        from tongchou.contributions.events import DuePaid
        from tongchou.contributions.outreach import counting
        from tongchou.contributions.outreach import imports as outreach_imports
        from tongchou.contributions.programmes import commands as programmes
        from tongchou.contributions.refunds import answers as refund_answers
        from tongchou.contributions.refunds import case, moving_case
        from tongchou.contributions.refunds import commands as refunds
        from tongchou.contributions.retiring import commands as retiring
        from tongchou.contributions.schools import roster as school_roster
        from tongchou.contributions.subsidies import arrivals
        from tongchou.contributions.tax import items as tax_items
        from tongchou.contributions.tax import rosters as tax_rosters
        from tongchou.contributions.units import months, ruling
        from tongchou.enrolment.employers.commands import ask_before_retiring
        from tongchou.exchange import figures, flows
        from tongchou.exchange import imports as exchange_imports
        from tongchou.fund.events import DocumentPosted
        from tongchou.platform import histories, jobs, trail
        from tongchou.platform.events import subscribe
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds
        from tongchou.year_change import items as year_items

        kinds.register(imports.CONTRIBUTIONS)
        kinds.register(school_roster.ROSTER)
        exchange_imports.follow(tax_items.note_left_out)
        flows.register(tax_rosters.FLOW)
        kinds.register(mandate_files.MANDATES)
        kinds.register(mandate_files.ROLL_ANSWERS)
        kinds.register(answers.RESULTS)
        figures.register(*sent_figures.FIGURES)
        flows.register(mandates.FLOW)
        flows.register(collection.FLOW)
        for incoming in arriving.AWAITED:
            flows.register_incoming(incoming)
        kinds.register(outreach_imports.POPULATION)
        jobs.register(
            "contributions.coverage",
            label="汇总参保覆盖",
            every=timedelta(days=1),
            work=counting.count_every_night,
        )
        kinds.register(refund_answers.RESULTS)
        flows.register(refunds.FLOW)
        kinds.register(aid_answers.RESULTS)
        flows.register(aid.FLOW)
        aid_following.follow()
        merged_persons.follow()
        case_kinds.register(return_case.KIND)
        case_kinds.register(case.KIND)
        case_kinds.register(moving_case.KIND)
        following.follow()
        registered.follow()
        ruling.follow()
        programmes.follow()
        kinds.register(audit_imports.AUDITED_WAGES)
        kinds.register(audit_imports.REPORTED_PAYROLL)
        case_kinds.register(aid_case.KIND)
        ask_before_retiring(retiring.check_before_retiring)
        subscribe(DuePaid)(base_audits.note_paid)
        subscribe(DuePaid)(retiring.note_paid)
        jobs.register(
            "contributions.progress", label="汇总征缴进度", every=timedelta(minutes=15), work=progress.roll_up
        )
        subscribe(DocumentPosted)(arrivals.note_arrival)
        subscribe(DocumentPosted)(months.note_arrival)
        subscribe(DocumentPosted)(dues.note_arrival)
        jobs.register("contributions.subsidies", label="提醒补助到位", every=timedelta(days=1), work=arrivals.remind)
        jobs.register(
            "contributions.nightly", label="征缴日终核对", every=timedelta(days=1), work=invariants.every_night
        )
        lists.register(exports.CONTRIBUTIONS)
        histories.register(history.SOURCE)
        ended_papers.register()
        trail.name_actions(
            {
                "contributions.set_standard": "维护缴费标准",
                "contributions.correct_contribution": "更正缴费",
                "contributions.void_contribution": "作废缴费",
                "contributions.open_year": "生成应缴",
                "contributions.sign_mandate": "签订代扣协议",
                "contributions.replace_mandate": "变更代扣协议",
                "contributions.end_mandate": "终止代扣协议",
                "contributions.make_batch": "制作代扣盘",
                "contributions.cancel_batch": "撤销代扣盘",
                "contributions.record_advice": "登记到账通知",
                "contributions.place_advice": "对应到账通知",
                "contributions.take_back_advice": "撤销到账对应",
                "contributions.correct_advice": "更正到账通知",
                "contributions.resolve_pending": "处理待处理款",
                "contributions.set_collection_method": "登记征缴方式",
                "contributions.issue_receipt": "开具代收收据",
                "contributions.void_receipt": "作废代收收据",
                "contributions.deposit_sheet": "代收款缴存",
                "contributions.set_counter_means": "登记收款方式",
                "contributions.take_payment": "现场缴费",
                "contributions.ask_cancel_payment": "申请撤销现场缴费",
                "contributions.refuse_cancel_payment": "不予撤销现场缴费",
                "contributions.cancel_payment": "撤销现场缴费",
                "contributions.close_counter_day": "现场缴费日结",
                "contributions.counter_person_seen": "查询待缴费用",
                "contributions.counter_household_seen": "查询全户待缴费用",
                "contributions.take_tax_item": "认领税务待办",
                "contributions.resolve_tax_item": "处理税务待办",
                "contributions.make_tax_roster": "制作征收名册",
                "contributions.refund_accounts_seen": "查看退费盘完整账户",
                "contributions.record_school_transfer": "登记学校转账",
                "contributions.correct_school_transfer": "更正学校转账",
                "contributions.take_back_school_transfer": "撤销学校转账",
                "contributions.share_school_payment": "学校代缴分款",
                "contributions.return_school_names": "代缴名单退回学校",
                "contributions.match_school_name": "对应代缴学生",
                "contributions.book_school_payment": "学校代缴入账",
                "contributions.withdraw_school_roster": "撤销学校代缴名册",
                "contributions.paper_printed": "打印征缴单据",
                "contributions.set_unit_rate": "维护职工缴费费率",
                "contributions.build_unit_month": "生成单位应缴",
                "contributions.set_employee_rule": "维护职工缴费待遇规则",
                "contributions.raise_due": "核定一次性应收",
                "contributions.aid_due": "资助一次性应收",
                "contributions.void_due": "作废一次性应收",
                "contributions.due_printed": "打印一次性缴费通知单",
                "contributions.make_base_plan": "编制基数稽核计划",
                "contributions.choose_audited": "确定稽核单位",
                "contributions.note_finding": "登记稽核明细",
                "contributions.drop_finding": "删除稽核明细",
                "contributions.clear_audit": "稽核无问题办结",
                "contributions.notify_audited": "告知稽核结果",
                "contributions.audited_objects": "登记稽核异议",
                "contributions.answer_objection": "答复稽核异议",
                "contributions.confirm_audit": "确认稽核补缴",
                "contributions.base_audit_printed": "打印稽核告知书",
                "contributions.set_programme": "维护激励政策",
                "contributions.end_programme": "终止激励政策",
                "contributions.take_part": "登记享受激励政策",
                "contributions.withdraw_part": "撤销政策享受登记",
                "contributions.set_retirement_rule": "维护退休缴费规则",
                "contributions.approve_retirement": "登记退休审批",
                "contributions.cancel_retirement": "撤销退休审批",
                "contributions.unit_month_printed": "打印单位缴费核定单",
                "contributions.set_shares": "维护分级补助标准",
                "contributions.open_subsidy": "建立补助申请",
                "contributions.count_subsidy": "测算财政补助",
                "contributions.review_subsidy": "复核财政补助",
                "contributions.return_subsidy": "退回补助测算",
                "contributions.submit_subsidy": "上报财政补助",
                "contributions.approve_subsidy": "登记补助核准",
                "contributions.verify_subsidy": "核验补助人数",
                "contributions.state_difference": "编制补助差异说明",
                "contributions.note_grant": "登记补助拨款",
                "contributions.settle_subsidy": "补助年终清算",
                "contributions.subsidy_printed": "打印补助申请表",
                "contributions.subsidy_workbook": "导出补助测算表",
                "contributions.set_aid_plan": "维护资助办法",
                "contributions.make_aid_list": "生成资助名册",
                "contributions.notify_aid_list": "通知资助部门",
                "contributions.confirm_aid_list": "登记部门答复",
                "contributions.record_aid_arrival": "登记资助款到账",
                "contributions.withdraw_aid_arrival": "撤销资助款到账",
                "contributions.correct_aid_arrival": "更正资助款到账",
                "contributions.withdraw_pending": "撤销待处理款",
                "contributions.review_aid_list": "核对应退回资助款",
                "contributions.approve_refund": "准予退费",
                "contributions.make_refund_run": "制作退费盘",
                "contributions.cancel_refund_run": "撤销退费盘",
                "contributions.release_refund_run": "复核退费盘",
                "contributions.send_refund_run": "发送退费盘",
                "contributions.answer_refund": "退费回盘",
                "contributions.correct_refund_account": "更正退费账户",
                "contributions.move_contribution": "调整错记缴费",
                "contributions.record_population": "登记人口基数",
                "contributions.make_campaign": "下达动员任务",
                "contributions.assign_tasks": "分派走访任务",
                "contributions.record_outcomes": "登记走访结果",
                "contributions.close_campaign": "结束动员任务",
            }
        )
        for item in yearly.ITEMS:
            year_items.register(item)
