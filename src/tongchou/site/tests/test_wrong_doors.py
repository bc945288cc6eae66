"""An address that only takes what a form sends, opened by hand: words and a way out, not an empty page."""

import pytest
from django.test import Client

from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("SYS-03")]
ONLY_SENT = "/contributions/units/build/"


@pytest.fixture
def desk(client: Client, hire: Hire) -> Client:
    client.force_login(hire("clerk"), backend="tongchou.platform.authentication.OperatorBackend")
    return client


def test_whoever_opens_it_in_a_browser_is_shown_the_way_out(desk: Client) -> None:
    response = desk.get(ONLY_SENT, headers={"accept": "text/html,application/xhtml+xml"})
    page = response.content.decode()
    assert (response.status_code, response["Allow"]) == (405, "HEAD, POST")
    assert "没有找到" in page
    assert "回到首页" in page


def test_a_program_is_told_the_method_alone(desk: Client) -> None:
    response = desk.get(ONLY_SENT, headers={"accept": "application/json"})
    assert (response.status_code, response.content) == (405, b"")
