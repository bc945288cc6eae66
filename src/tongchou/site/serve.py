"""The web server, and what it refuses to show to the outside (服务)."""

import errno
import ipaddress
import os
import socket
import sys
from pathlib import Path

import psutil

from tongchou.site.problems import SetupProblem

THREADS_PER_WORKER = 8
LONGEST_STOP_SECONDS = 5
MOST_WORKERS = 4


def run_server(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until SIGINT or SIGTERM; threads are few and long-lived, for each keeps a database connection (服务)."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    certificate, key = os.environ.get("TONGCHOU_TLS_CERT"), os.environ.get("TONGCHOU_TLS_KEY")
    Granian(
        "tongchou.site.worker:begin",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        blocking_threads_idle_timeout=600,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=LONGEST_STOP_SECONDS,
        ssl_cert=Path(certificate) if certificate else None,
        ssl_key=Path(key) if key else None,
    ).serve()


def workers_of_this_machine() -> int:
    """One process for each CPU we may use, within reason (进程数)."""
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(MOST_WORKERS, usable)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host` (是否本机地址)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_what_must_not_be_public(host: str) -> None:
    """Everything that must be set before people elsewhere may log in, told at once (对外服务前的检查).

    A proxy in front makes a loopback address public, so naming one counts as serving to the outside.

    Raises: SetupProblem naming each setting that is missing.
    """
    from django.conf import settings

    from tongchou.platform.queries import demo_logins_present

    behind_proxy = bool(os.environ.get("TONGCHOU_BEHIND_TLS_PROXY"))
    if is_loopback(host) and not behind_proxy:
        return
    has_certificate = bool(os.environ.get("TONGCHOU_TLS_CERT") and os.environ.get("TONGCHOU_TLS_KEY"))
    missing = []
    if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY:
        missing.append("TONGCHOU_SECRET_KEY: 还是默认密钥,请设为 50 个以上随机字符 / set it to 50 random characters")
    if not (has_certificate or behind_proxy):
        missing.append(
            "TONGCHOU_TLS_CERT + TONGCHOU_TLS_KEY: 没有加密,请设证书与私钥文件;前面有 TLS 代理时设 "
            "TONGCHOU_BEHIND_TLS_PROXY=1 / set certificate and key, or the latter behind a TLS proxy"
        )
    if not os.environ.get("TONGCHOU_HOSTS"):
        missing.append("TONGCHOU_HOSTS: 请设对外的域名,逗号分隔 / set the public host names")
    if demo_logins_present():
        missing.append(
            "演示账号还在 / demo logins present: 对外服务请用新的数据库 (TONGCHOU_HOME 或 TONGCHOU_DATABASE_URL) "
            "/ use a fresh database without the invented city"
        )
    if missing:
        raise SetupProblem(
            "HS-0201",
            f"{host} 不只本机可达,为保护参保人数据,缺下列各项时不启动:\n    - " + "\n    - ".join(missing),
            f"{host} can be reached from elsewhere; the server does not start before the points above are settled.",
            then="按上列逐项设置后再启动;只在本机试用请用 --host 127.0.0.1。",
            then_english="Settle each of them, or use --host 127.0.0.1 to try it on this machine only.",
        )


def check_port_is_free(host: str, port: int) -> None:
    """Refuse a port that another program listens on, by its name where the system tells (端口).

    Raises: SetupProblem when the port is taken, not allowed, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as refused:
            raise _not_bindable(host, port, refused) from refused


def _not_bindable(host: str, port: int, refused: OSError) -> SetupProblem:
    if refused.errno == errno.EADDRINUSE:
        return SetupProblem(
            "HS-0202",
            f"端口 {port} 已被占用{_listener(port)}。",
            f"Port {port} is in use.",
            then=f"换一个端口,例如 --port {port + 1};或先停止占用它的程序。",
            then_english=f"Choose another one, as in --port {port + 1}, or stop the program that uses it.",
        )
    return SetupProblem(
        "HS-0203",
        f"不能在 {host}:{port} 上监听: {refused.strerror}。",
        f"Cannot listen on {host}:{port}: {refused.strerror}.",
        then="地址用 127.0.0.1 或本机网卡的地址;端口用 1024 以上的。",
        then_english="Use 127.0.0.1 or an address of this machine, and a port above 1023.",
    )


def _listener(port: int) -> str:
    """`(进程 123 nginx)` where the system lets us know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"(进程 {connection.pid} {psutil.Process(connection.pid).name()})"
    except (psutil.AccessDenied, psutil.NoSuchProcess, OSError):
        pass
    return ""
