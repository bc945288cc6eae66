from datetime import timedelta

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tongchou.exchange"
    label = "exchange"
    verbose_name = "数据交换"

    def ready(self) -> None:
        """Serve the links, look after files that a killed process left, put down what partners owe."""
        from tongchou.exchange import actions, arrivals, duties, figures, flows, imports, links, returns
        from tongchou.exchange.imports import files
        from tongchou.platform import jobs, trail

        trail.name_actions(actions.LABELS)
        jobs.register(
            "imports.recover",
            label="导入中断恢复",
            every=timedelta(minutes=1),
            work=imports.recover_abandoned,
        )
        jobs.register("imports.clear", label="导入文件清理", every=timedelta(days=1), work=files.clear_old)
        jobs.register("exchange.links", label="链路收发", every=timedelta(seconds=30), work=links.work)
        jobs.register("exchange.duties", label="生成待交接事项", every=timedelta(days=1), work=duties.put_down)
        flows.register(returns.FLOW)
        flows.register(figures.FLOW)
        imports.follow(arrivals.note_taken_in)
        imports.follow(lambda file, kind, intake: duties.note_taken_in(file, intake.now))
        files.when_given_up(arrivals.note_given_up)
