"""运行状况: database, jobs, seals, messages: what an information officer looks at first."""

import os
import shutil
import tomllib
from datetime import timedelta
from functools import cache
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tongchou.parameters.queries import book
from tongchou.platform import jobs
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.site.postgres_place import checkout
from tongchou.wire import queries as wire
from tongchou.wire import specification

_DATABASE = """
SELECT current_setting('server_version'), pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('synchronous_commit'), pg_postmaster_start_time()
"""


@page("jobs.view")
def health(request: PageRequest) -> HttpResponse:
    """One page of what runs and what does not."""
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        version, size, connections, commit, started = cursor.fetchone()
    disk = shutil.disk_usage(settings.HOME)
    context: dict[str, Any] = {
        "version": _version(),
        "django": django.get_version(),
        "pid": os.getpid(),
        "database": {
            "version": version,
            "size": _megabytes(size),
            "connections": connections,
            "commit": commit,
            "started": started,
        },
        "disk_free": _megabytes(disk.free),
        "jobs": [_job(one, request) for one in jobs.states()],
        "seal": platform.last_seal(),
        "packages": len(book().packages),
        "provisional_years": platform.provisional_years(),
        "messages_by_kind": [
            (infno, specification.transactions()[infno].name if infno in specification.transactions() else "", count)
            for infno, count in wire.bookings_by_kind(since=request.now - timedelta(hours=1), until=request.now).items()
        ],
        "crumbs": crumbs(_("系统"), _("运行状况")),
    }
    return render(request, "site/health.html", context)


@cache
def _version() -> str:
    """The version of the checkout that runs."""
    return str(tomllib.loads((checkout() / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB" if size < 10_000_000_000 else f"{size / 1_000_000_000:,.1f} GB"


def _job(one: Any, request: PageRequest) -> dict[str, Any]:
    job, state = one
    if state is None:
        badge = Badge(str(_("尚未运行")), Tone.RESTING)
    elif state.problem:
        badge = Badge(str(_("失败")), Tone.BAD)
    elif state.finished_at is None:
        badge = Badge(str(_("运行中")), Tone.HAND)
    elif request.now - state.started_at > 3 * job.every + timedelta(minutes=5):
        badge = Badge(str(_("逾期")), Tone.BAD)
    else:
        badge = Badge(str(_("正常")), Tone.DONE)
    return {"job": job, "state": state, "badge": badge}
