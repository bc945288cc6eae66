from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "tongchou.settlement"
    label = "settlement"
    verbose_name = "结算"

    def ready(self) -> None:
        """Let the clock's work be known, follow what other chapters tell and ask, tell a person's record its part."""
        from tongchou.contributions import usage
        from tongchou.exchange import figures, flows
        from tongchou.platform import histories, papers, trail
        from tongchou.platform.spreadsheets import kinds
        from tongchou.settlement import (
            following,  # noqa: F401  importing it subscribes
            history,
            insurer,
            insurer_answers,
            jobs,
            merged_persons,
            queries,
            sent_figures,
            yearly,
        )
        from tongchou.settlement.web import slip_data
        from tongchou.year_change import items as year_items

        merged_persons.follow()
        papers.ended_by(slip_data.SLIP, slip_data.why_ended)
        usage.answer_with(queries.uses_between, queries.paid_for_between)
        jobs.register_jobs()
        figures.register(*sent_figures.FIGURES)
        flows.register(insurer.FLOW)
        flows.register_incoming(insurer_answers.ARRIVING)
        kinds.register(insurer_answers.ANSWERS)
        trail.name_actions({"settlement.claim_from_insurer": "制作大病保险理赔文件"})
        histories.register(history.SOURCE)
        histories.register(history.ACCOUNT_SOURCE)
        year_items.register(yearly.ITEM)
