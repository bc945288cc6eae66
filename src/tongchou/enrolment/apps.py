from datetime import timedelta

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "tongchou.enrolment"
    label = "enrolment"
    verbose_name = "参保登记"

    def ready(self) -> None:
        """Import the roster, and look after files that a killed process left."""
        from tongchou.cases import kinds as case_kinds
        from tongchou.enrolment import actions, exports, imports, particulars_case
        from tongchou.enrolment.imports import files, roster
        from tongchou.platform import jobs, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds

        kinds.register(roster.ROSTER)
        case_kinds.register(particulars_case.KIND)
        lists.register(exports.ROSTER)
        trail.name_actions(actions.LABELS)
        jobs.register(
            "imports.recover",
            label="导入中断恢复",
            every=timedelta(minutes=1),
            work=imports.recover_abandoned,
        )
        jobs.register("imports.clear", label="导入文件清理", every=timedelta(days=1), work=files.clear_old)
