"""Nothing acknowledged is ever lost: kill -9 of the server and of the database under load (可靠性).

A server process and a database of their own take visits and purchases from several clients. First the server dies, then
the database; each time every answered message must be booked exactly once and every unanswered one once or not at all,
and a resend must be answered, for what was booked with the very same bytes.
"""

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection, connections

from tongchou.encounters.tests import world as hospital
from tongchou.settlement import invariants
from tongchou.settlement.tests import world
from tongchou.site import embedded, postgres_place, settings
from tongchou.site.testing import ServedSite, TestDatabase
from tongchou.wire import database
from tongchou.wire.moments import SHANGHAI

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6
PATIENTS = 3
LOAD_SECONDS = 2.5
LONGEST_OUTAGE_SECONDS = 20.0
UNKNOWN_OUTCOME = b"WI-9001"


@pytest.fixture
def own_server(empty_home: Path, transactional_db: None, django_db_modify_db_settings: TestDatabase) -> Iterator[Path]:
    """The home of a database server of its own, which holds what the migrations of the test's database made."""
    home = empty_home
    lease = embedded.start(home)
    copied = ("--no-owner", "--no-privileges", f"--dbname={django_db_modify_db_settings.url}")
    dump = embedded.run_programs(embedded.place_of(postgres_place.home()), "pg_dump", *copied)
    loaded = ("--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={embedded.database_url(home)}")
    embedded.run_programs(lease.place, "psql", *loaded, input_text=dump)
    yield home
    lease.leave()


@pytest.fixture
def looking_there(own_server: Path) -> Iterator[None]:
    """Queries of this process go to the server of its own."""
    described = connections["default"].settings_dict
    kept = dict(described)
    connection.close()
    described.update(settings.database(embedded.database_url(own_server)))
    yield
    connection.close()
    described.clear()
    described.update(kept)


@pytest.fixture
def site(own_server: Path, tmp_path: Path) -> Iterator[ServedSite]:
    served = ServedSite(embedded.database_url(own_server), tmp_path / "server.log")
    yield served
    served.kill()


class Client:
    """A hospital's workstation: sends messages over one kept connection and remembers every answer."""

    def __init__(self, port: int, patient: hospital.Person, stop: threading.Event) -> None:
        self.port, self.patient, self.stop = port, patient, stop
        self.answered: dict[bytes, bytes] = {}
        self.pending: bytes | None = None

    def work(self) -> None:
        """Visits and purchases, one after the other, until told to stop or until an answer does not come."""
        with contextlib.suppress(OSError, http.client.HTTPException, Unanswered), self.connected():
            while not self.stop.is_set():
                self.visit()
                self.purchase()

    def visit(self) -> None:
        who, moment = self.patient, just_now()
        registration = hospital.visit_body(who, begntime=moment)
        mdtrt_id = self.ask("2201", registration)["data"]["mdtrt_id"]
        line = hospital.line(who, mdtrt_id, fee_ocur_time=moment)
        self.ask("2204", {"feedetail": [line]})
        self.ask("2207", settle_body(who, mdtrt_id))

    def purchase(self) -> None:
        self.ask("2102", purchase_body(self.patient), institution=hospital.PHARMACY)

    def ask(self, infno: str, body: Any, institution: str = hospital.H1) -> Any:
        """Send a new message; its output. Raises: Unanswered, or what the connection says."""
        self.pending = hospital.message(infno, body, institution=institution)
        answer = self.post(self.pending)
        self.answered[self.pending] = answer
        self.pending = None
        return json.loads(answer)["output"]

    def resend(self) -> None:
        """The pending message again, until it is answered."""
        deadline = time.monotonic() + LONGEST_OUTAGE_SECONDS
        while self.pending is not None:
            assert time.monotonic() < deadline, "no answer after the restart"
            with contextlib.suppress(OSError, http.client.HTTPException, Unanswered), self.connected():
                self.answered[self.pending] = self.post(self.pending)
                self.pending = None

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(self.connection):
            yield

    def post(self, message: bytes) -> bytes:
        self.connection.request("POST", "/fsi/api/test", message, {"Content-Type": "application/json"})
        answer = self.connection.getresponse().read()
        if UNKNOWN_OUTCOME in answer or not answer:
            raise Unanswered
        assert json.loads(answer)["infcode"] == 0, answer.decode()
        return answer


class Unanswered(Exception):
    """The server said that it does not know what became of the message, or nothing at all."""


def just_now() -> str:
    """This moment, in the words of the wire."""
    return datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def settle_body(who: hospital.Person, mdtrt_id: str) -> dict[str, Any]:
    return {
        "data": {
            "psn_no": who.number,
            "mdtrt_cert_type": "02",
            "med_type": "11",
            "medfee_sumamt": 10,
            "psn_setlway": "01",
            "mdtrt_id": mdtrt_id,
            "chrg_bchno": "B1",
            "insutype": "390",
            "acct_used_flag": "0",
            "fulamt_ownpay_amt": 0,
            "overlmt_selfpay": 0,
            "preselfpay_amt": 0,
            "inscp_scp_amt": 10,
        }
    }


def purchase_body(who: hospital.Person) -> dict[str, Any]:
    moment = just_now()
    return {
        "druginfo": {
            "psn_no": who.number,
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": who.certificate_no,
            "begntime": moment,
            "medfee_sumamt": 10,
            "insutype": "390",
            "acct_used_flag": "1",
            "med_type": "41",
        },
        "drugdetail": [
            {
                "feedetl_sn": "1",
                "rx_circ_flag": "0",
                "fee_ocur_time": moment,
                "med_list_codg": hospital.DRUG_A,
                "medins_list_codg": "D1",
                "det_item_fee_sumamt": 10,
                "cnt": 1,
                "pric": 10,
            }
        ],
    }


def patients() -> list[hospital.Person]:
    """Insured people; two clients share each, so that they meet at the same accumulators."""
    hospital.place()
    year = datetime.now(SHANGHAI).year
    made = [hospital.person() for _ in range(PATIENTS)]
    for who in made:
        for since in (year - 1, year):
            world.cover(who.id, f"{since}-01-01", f"{since + 1}-01-01")
    return made


def load(clients: list[Client], crash: Any) -> None:
    """Everybody works, the crash comes in the middle of it, everybody notices."""
    with ThreadPoolExecutor(len(clients)) as pool:
        working = [pool.submit(client.work) for client in clients]
        time.sleep(LOAD_SECONDS)
        crash()
        for client in clients:
            client.stop.set()
        for one in working:
            one.result(LONGEST_OUTAGE_SECONDS)
    for client in clients:
        client.stop.clear()


def booked() -> Counter[str]:
    """How often each message is booked, by message id."""
    connection.close()  # the server it knew may be gone
    return Counter(msgid for (msgid,) in database.rows("SELECT msgid FROM wire_booking"))


def check_once(clients: list[Client]) -> int:
    """Answered: booked once. Unanswered: once or not at all. Returns how many unanswered ones were booked."""
    times = booked()
    answered = [json.loads(message)["msgid"] for client in clients for message in client.answered]
    pending = [json.loads(client.pending)["msgid"] for client in clients if client.pending]
    assert {times[msgid] for msgid in answered} <= {1}
    assert {times[msgid] for msgid in pending} <= {0, 1}
    assert set(times) <= {*answered, *pending}
    return sum(times[msgid] for msgid in pending)


def test_what_was_answered_survives_the_death_of_the_server_and_of_the_database(
    own_server: Path, looking_there: None, site: ServedSite
) -> None:
    people = patients()
    connection.close()
    site.start()
    clients = [Client(site.port, people[n % PATIENTS], threading.Event()) for n in range(CLIENTS)]

    load(clients, site.kill)
    check_once(clients)
    site.start()
    for client in clients:
        client.resend()
    assert check_once(clients) == 0

    def kill_database() -> None:
        number = int((embedded.place_of(own_server).data / "postmaster.pid").read_text().split()[0])
        psutil.Process(number).kill()

    load(clients, kill_database)
    connection.close()
    second = embedded.start(own_server)
    try:
        check_once(clients)
        for client in clients:
            client.resend()
        check_once(clients)
        check_the_books(clients)
    finally:
        connection.close()
        site.kill()
        second.leave()


def check_the_books(clients: list[Client]) -> None:
    """One settlement per answered 2207 and 2102; every identity holds; a resend gets the same bytes."""
    settling = [m for client in clients for m in client.answered if json.loads(m)["infno"] in ("2207", "2102")]
    assert len(settling) > CLIENTS
    assert world.count("settlement_settlement") == len(settling)
    today = datetime.now(SHANGHAI).date()
    span = {"since": today - timedelta(days=1), "until": today + timedelta(days=2)}
    assert invariants.broken(pooling_area=world.AREA, **span) == []
    for client in clients:
        with client.connected():
            for message, answer in client.answered.items():
                assert client.post(message) == answer
