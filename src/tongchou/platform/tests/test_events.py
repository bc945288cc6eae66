"""Events: told at once, inside the transaction of the teller."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from tongchou.platform import events
from tongchou.platform.models import PoolingArea
from tongchou.platform.tests.conftest import START


@dataclass(frozen=True)
class Happened:
    what: str


@pytest.fixture
def heard():
    told = []
    first = events.subscribe(Happened)(lambda event: told.append(("first", event.what)))
    second = events.subscribe(Happened)(lambda event: told.append(("second", event.what)))
    yield told
    events.unsubscribe(Happened, first)
    events.unsubscribe(Happened, second)


def test_every_subscriber_hears_in_order_of_subscription(db, heard):
    events.publish(Happened("a"))
    assert heard == [("first", "a"), ("second", "a")]


def test_an_event_without_subscribers_is_no_matter(db):
    events.publish(Happened("a"))


def test_the_same_handler_subscribes_once(db):
    told = []

    def handler(event):
        told.append(event)

    events.subscribe(Happened)(handler)
    events.subscribe(Happened)(handler)
    events.publish(Happened("a"))
    events.unsubscribe(Happened, handler)
    assert len(told) == 1


def test_a_handler_that_refuses_undoes_the_command(committed):
    def refuse(event):
        raise ValueError(event.what)

    def command():
        with transaction.atomic():
            PoolingArea.objects.create(code="450300", name="丙市", level="city", valid_from=START)
            events.publish(Happened("no"))

    events.subscribe(Happened)(refuse)
    with pytest.raises(ValueError, match="no"):
        command()
    events.unsubscribe(Happened, refuse)
    assert not PoolingArea.objects.filter(code="450300").exists()


def test_nothing_is_told_outside_a_transaction(committed):
    with pytest.raises(events.PublishedOutsideTransaction, match="Happened"):
        events.publish(Happened("a"))
