"""`tongchou exchange …` (数据交换): what the pages and the jobs do, for nights, scripts and links that are down."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from tongchou.exchange import commands, envelopes, flows, keys, links, outgoing, queries
from tongchou.exchange.models import OutgoingFile, Partner, PartnerLink
from tongchou.exchange.states import Carrier, DeliveryState, KeySide
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import terminal
from tongchou.platform.queries import Operator

_console = Console(soft_wrap=True)
exchange_app = typer.Typer(
    no_args_is_help=True, help="数据交换 / Exchange with partners: links, send, receive, resend, verify"
)

Who = Annotated[str, typer.Option("--operator", help="经办人的工作人员代码 / Staff code of the operator")]
Area = Annotated[str, typer.Option("--area", help="统筹地区代码 / Pooling area")]


class PartnerMissing(DomainError):
    code = "EX-2441"
    message = "统筹地区{area}没有代码为“{partner}”、设有链路的交换对象"


class NoSuchPath(DomainError):
    code = "EX-2442"
    message = "没有文件“{file}”,或不能读取"


@exchange_app.command("links")
def show_links(operator: Who = "", area: Area = "") -> None:
    """链路状态:是否畅通、排队文件、最近联通 / State, queue and last contact of every link."""
    _, clerk, where = _who(operator, area, "exchange.view")
    table = Table(
        "代码 / Code", "名称 / Name", "方式 / Way", "排队 / Queue", "最近联通 / Last contact", "原因 / Problem"
    )
    scope = platform.scope_of(clerk, "exchange.view", timezone.localdate())
    for one in queries.link_rows(scope).filter(partner__pooling_area_id=where).order_by("partner__code"):
        seen = f"{timezone.localtime(one.last_contact_at):%Y-%m-%d %H:%M}" if one.last_contact_at else "—"
        told = (one.partner.code, one.partner.name, Carrier(one.carrier).label, str(one.waiting), seen, one.problem)
        table.add_row(*told)
    _console.print(table)


@exchange_app.command()
def send(
    number: Annotated[str, typer.Argument(help="发出文件编号 / Number of a file that was made")],
    operator: Who = "",
    area: Area = "",
) -> None:
    """发送文件:标记已发送并经链路投递 / Release a file and deliver it over its link."""
    now, clerk, _ = _who(operator, area)
    file = commands.mark_sent(number=number, operator=clerk, now=now)
    _serve(file, now)


@exchange_app.command()
def resend(
    number: Annotated[str, typer.Argument(help="发出文件编号 / Number of a file that was sent")],
    operator: Who = "",
    area: Area = "",
) -> None:
    """重新投递:原编号、原内容 / Deliver the same bytes under the same number once more."""
    now, clerk, _ = _who(operator, area)
    delivery = links.resend(number=number, operator=clerk, now=now)
    _serve(delivery.file, now)


@exchange_app.command()
def receive(
    partner: Annotated[str, typer.Argument(help="交换对象代码 / Code of the partner")],
    operator: Who = "",
    area: Area = "",
) -> None:
    """立即收发一次并受理到件 / Serve one link now, and book what has come."""
    now, clerk, where = _who(operator, area)
    link = PartnerLink.objects.filter(partner__code=partner, partner__pooling_area_id=where).first()
    if link is None:
        raise PartnerMissing(area=where, partner=partner)
    links.try_now(partner_id=link.partner_id, operator=clerk, now=now)
    moved = links.work(now)
    link.refresh_from_db()
    if link.failing_since is not None:
        _console.print(f"[red]✗[/red] {link.problem}")
        raise typer.Exit(1)
    _console.print(f"[green]✓[/green] 收发 {moved} 个文件 / {moved} files moved")
    for one in queries.arrivals(platform.scope_of(clerk, keys.MANAGE, timezone.localdate(now))).filter(
        partner_id=link.partner_id, received_at__gte=now
    ):
        _console.print(
            f"  {one.number} {flows.title_of(one.flow)} {one.get_state_display()} {one.problem}", markup=False
        )


@exchange_app.command()
def verify(
    envelope: Annotated[Path, typer.Argument(help="信封文件 <编号>.json / Envelope of a partner's file")],
    file: Annotated[Path, typer.Argument(help="数据文件 / The file itself")],
    operator: Who = "",
    area: Area = "",
) -> None:
    """验签:核对签名、长度与摘要,不接收;退出码 1 表示不符 / Check signature, size and digest; receives nothing."""
    now, clerk, where = _who(operator, area)
    for path in (envelope, file):
        if not path.is_file():
            raise NoSuchPath(file=path)
    told = envelopes.read_envelope(envelope.read_bytes())
    partner = queries.partner_of(where, told.sender)
    if partner is None:
        raise PartnerMissing(area=where, partner=told.sender)
    platform_checks.check_area_in_scope(clerk, keys.MANAGE, where, now)
    try:
        key = envelopes.verify(told, _keys(partner, now), f"文件{told.number}")
        envelopes.check_content(told, file.read_bytes())
    except DomainError as refusal:
        _console.print(f"[red]✗[/red] {refusal.sentence} ({refusal.code})")
        raise typer.Exit(1) from None
    _console.print(f"[green]✓[/green] {told.number} 签名与内容相符 / signature and content agree ({key.key_no})")


@exchange_app.command()
def compare(
    number: Annotated[str, typer.Argument(help="发出文件编号 / Number of a file of ours")],
    operator: Who = "",
    area: Area = "",
) -> None:
    """重新生成核对:与原文件逐字节比较 / Make a file again and compare it byte by byte."""
    now, clerk, _ = _who(operator, area)
    found = queries.outgoing(number)
    if found is None:
        raise commands.FileUnknown(number=number)
    commands.check_works_on(found, clerk, now)
    if not outgoing.same_bytes(found):
        _console.print("[red]✗[/red] 不同,请查明原因 / different")
        raise typer.Exit(1)
    _console.print("[green]✓[/green] 逐字节相同 / the same bytes")


def _who(staff_code: str, area: str, permission: str = keys.MANAGE) -> tuple[datetime, Operator, str]:
    """Raises: what the terminal refuses, NoPermission."""
    now = timezone.now()
    clerk = terminal.operator_at_terminal(staff_code, now)
    platform_checks.check_permission(clerk, permission, now)
    return now, clerk, terminal.area_at_terminal(clerk, area, timezone.localdate(now))


def _keys(partner: Partner, now: datetime) -> list[envelopes.Key]:
    return keys.good_keys(partner.pk, KeySide.THEIRS, now)


def _serve(file: OutgoingFile, now: datetime) -> None:
    """One round over the file's link, where it has one; where it has none, somebody takes it there."""
    link = queries.link_of(file.partner_id)
    if link is None or not link.in_use:
        _console.print(f"[green]✓[/green] {file.number} 已标记发送,请手工送达 / marked as sent; take it there by hand")
        return
    links.serve(link, now)
    newest = queries.deliveries_of_file(file.pk)[0]
    if newest.state != DeliveryState.DELIVERED:
        link.refresh_from_db()
        _console.print(
            f"[yellow]…[/yellow] {file.number} {newest.get_state_display()} {newest.problem or link.problem}"
        )
        raise typer.Exit(1)
    _console.print(f"[green]✓[/green] {file.number} 已送达 / delivered {newest.receipt}")
