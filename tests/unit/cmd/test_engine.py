"""One engine process may be told to end whenever that may be."""

import threading

import pytest
from oslo_config import cfg

from autoscale import conf as options
from autoscale.cmd import engine


class Slow:
    """Stands for the engine, and takes until `go` to start."""

    def __init__(self):
        self.said = []
        self.go = threading.Event()
        self.begun = threading.Event()

    def start(self):
        self.begun.set()
        assert self.go.wait(10)
        self.said.append('started')

    def stop(self):
        self.said.append('stopped')


@pytest.fixture
def command():
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf([])
    command = engine.Engine(0, conf)
    command._engine = Slow()
    return command


def ended(*threads):
    for each in threads:
        each.join(10)
    return not any(each.is_alive() for each in threads)


def test_who_is_ended_while_starting_starts_and_then_stops(command):
    running = threading.Thread(target=command.run)
    running.start()
    assert command._engine.begun.wait(10)
    ending = threading.Thread(target=command.terminate)
    ending.start()
    command._engine.go.set()
    assert ended(running, ending)
    assert command._engine.said == ['started', 'stopped']


def test_who_is_ended_before_it_starts_does_neither(command):
    command.terminate()
    running = threading.Thread(target=command.run)
    running.start()
    assert ended(running)
    assert command._engine.said == []
