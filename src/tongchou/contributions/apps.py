from datetime import timedelta

from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    name = "tongchou.contributions"
    label = "contributions"
    verbose_name = "筹资缴费"

    def ready(self) -> None:
        """Import what banks and tax offices report, send what banks shall draw, follow what enrolment tells."""
        from tongchou.contributions import (
            answers,
            arriving,
            collection,
            exports,
            following,
            history,
            imports,
            invariants,
            mandate_files,
            mandates,
            progress,
        )
        from tongchou.exchange import flows
        from tongchou.platform import histories, jobs, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds

        kinds.register(imports.CONTRIBUTIONS)
        kinds.register(mandate_files.MANDATES)
        kinds.register(mandate_files.ROLL_ANSWERS)
        kinds.register(answers.RESULTS)
        flows.register(mandates.FLOW)
        flows.register(collection.FLOW)
        for incoming in arriving.AWAITED:
            flows.register_incoming(incoming)
        following.follow()
        jobs.register(
            "contributions.progress", label="汇总征缴进度", every=timedelta(minutes=15), work=progress.roll_up
        )
        jobs.register(
            "contributions.nightly", label="征缴日终核对", every=timedelta(days=1), work=invariants.every_night
        )
        lists.register(exports.CONTRIBUTIONS)
        histories.register(history.SOURCE)
        trail.name_actions(
            {
                "contributions.set_standard": "维护缴费标准",
                "contributions.record_contribution": "缴费入账",
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
                "contributions.resolve_pending": "处理待处理款",
            }
        )
