"""The demo as a person, a machine or a terminal meets it."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest
import requests

import autoscale

ROOT = pathlib.Path(autoscale.__file__).parents[1]

#: Seconds; a machine that is busy with other tests takes its time.
LONGEST = 150

COMMAND = (
    sys.executable,
    '-c',
    'import sys; from autoscale.cmd.demo import main; sys.exit(main())',
)


@contextlib.contextmanager
def demo(*arguments, folder, command=COMMAND, **more):
    """The demo in a process of its own; its litter goes to `folder`."""
    with subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, 'TMPDIR': str(folder), **more},
    ) as process:
        try:
            yield process
        finally:
            # It ends what it has started; SIGKILL would leave that behind.
            if process.poll() is None:
                process.terminate()


def ended(*arguments, **more):
    """The exit status, and what was said on both streams."""
    with demo(*arguments, **more) as process:
        said, errors = process.communicate(timeout=LONGEST)
        return process.returncode, said, errors


def is_listening(url):
    place = urllib.parse.urlsplit(url)
    try:
        socket.create_connection((place.hostname, place.port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def await_true(probe):
    """Until `probe` is true, and not for ever."""
    between, end = threading.Event(), time.monotonic() + LONGEST
    while not probe():
        assert time.monotonic() < end, 'it did not come about'
        between.wait(0.02)


def read_until(process, pattern):
    """The lines of standard output up to the first with `pattern` in it."""
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip('\n'))
        if re.search(pattern, line):
            return lines
    raise AssertionError(f'no {pattern} in {lines}: {process.stderr.read()}')


@pytest.fixture(scope='module')
def told(tmp_path_factory):
    """What the demo tells a machine, and what it left behind."""
    folder = tmp_path_factory.mktemp('json')
    status, said, errors = ended('--json', folder=folder)
    assert status == 0, errors
    return json.loads(said), folder


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kept:
    """What came of a run with --keep that a person played with."""

    printed: str  #: up to where it is said that it still runs
    triggered: int  #: the answer to a trigger of a webhook that was printed
    cluster: dict
    api: str
    status: int  #: on Ctrl-C
    left: list


@pytest.fixture(scope='module')
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp('text')
    with demo('--keep', folder=folder) as process:
        text = '\n'.join(read_until(process, 'who would leave'))
        set_to = dict(re.findall(r'^([A-Z]+)=(.*)$', text, re.MULTILINE))
        api, grow = set_to['API'], set_to['GROW'].strip("'")
        triggered = requests.post(grow, timeout=30).status_code
        shown = requests.get(f'{api}/clusters/web', timeout=30).json()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONGEST)
        return Kept(
            printed=text.partition('Still running')[0],
            triggered=triggered,
            cluster=shown['cluster'],
            api=api,
            status=process.returncode,
            left=list(folder.iterdir()),
        )


def test_every_step_is_seen_in_the_cloud(told):
    document, _ = told
    assert document['error'] is None
    assert [each for each in document['checks'] if not each['seen']] == []
    assert document['seen'] is True


def test_exactly_the_server_that_was_told_is_gone(told):
    document, _ = told
    gone = [
        each['server_id']
        for each in document['servers']
        if each['after_scale_in'] == 'gone'
    ]
    chosen = document['actions']['scale_in']['decision']['chosen']
    assert gone == [each['server_id'] for each in chosen]
    assert len(document['servers']) == 5


def test_the_timeline_has_the_answer_before_the_deletion(told):
    document, _ = told
    moments = document['timeline']['scale_in']
    who = [each['who'] for each in moments]
    # Two clocks tell of the decision and of the message, within a moment.
    assert sorted(who[1:3]) == ['Zaqar', 'autoscale']
    assert [who[0], *who[3:]] == [
        'alarm',
        'application',
        'Nova',
        'application',
        'Nova',
        'Nova',
        'autoscale',
    ]
    assert 'gives the token back' in moments[5]['what']
    assert 'is asked to delete' in moments[6]['what']
    after = [each['after'] for each in moments]
    assert after == sorted(after)


def test_the_calls_that_were_made_are_told(told):
    document, _ = told
    paths = [(each['method'], each['path']) for each in document['calls']]
    assert paths[0] == ('POST', '/v1/profiles')
    assert ('POST', '/v1/clusters') in paths
    assert {each['status'] for each in document['calls']} == {201, 202}


def test_nothing_of_it_is_left(told):
    document, folder = told
    assert list(folder.iterdir()) == []
    assert not is_listening(document['urls']['api'])
    assert not is_listening(document['urls']['cloud'])


def test_a_person_reads_79_columns_of_plain_text(kept):
    assert kept.printed.isascii()
    assert '\x1b' not in kept.printed
    long = [line for line in kept.printed.splitlines() if len(line) > 79]
    # A path cannot be broken, and here it leads into the tests' own folder.
    assert [line for line in long if '--state-dir' not in line] == []


def test_a_person_reads_the_calls_the_timeline_and_the_reasons(kept):
    for text in (
        'POST /v1/profiles {"profile":',
        '"alarm_name": "cpu_high"',
        'has drained: gives the token back',
        'is asked to delete web-1',
        'chosen   web-1: first by OLDEST_FIRST',
        'spared   web-2, web-3, web-4, web-5: others come first',
        'web-1 has drained: answered, 200',
    ):
        assert text in kept.printed
    assert '9 of 9 were seen' in kept.printed


def shape(text):
    """The lines without what differs from one run to the next."""
    return re.sub(r'\d+\.\d+|-[0-9a-f]{8}-', '#', text)


def test_the_readme_has_the_timeline_as_it_is_printed(kept):
    """All but the moments in between, whose order may differ."""
    readme = (ROOT / 'README.rst').read_text()
    block = readme.partition('.. timeline:')[2].partition('.. timeline:')[0]
    begins = kept.printed.index('What happened, in seconds')
    lines = {
        shape(line).strip()
        for line in kept.printed[begins:].splitlines()
        if 'still has' not in line and '-----' not in line
    }
    shown = {shape(line).strip() for line in block.splitlines()}
    assert lines - shown == set()


def test_keep_leaves_it_running(kept):
    assert kept.triggered == 202
    assert kept.cluster['desired_capacity'] in (4, 6)


def test_ctrl_c_ends_what_was_kept(kept):
    assert kept.status == 0
    assert not is_listening(kept.api)
    assert kept.left == []


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_leaves_nothing_behind(tmp_path, number):
    with demo(folder=tmp_path) as process:
        lines = read_until(process, 'Keystone, Nova and Zaqar are at')
        process.send_signal(number)
        _, errors = process.communicate(timeout=LONGEST)
        assert process.returncode == 128 + number
    assert f'stopped by {number.name}' in errors
    urls = re.findall(r'http://\S+', '\n'.join(lines))
    assert len(urls) == 2
    assert not any(is_listening(url) for url in urls)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux tells it')
def test_even_a_killed_demo_leaves_nothing_running(tmp_path):
    with demo(folder=tmp_path) as process:
        lines = read_until(process, 'Keystone, Nova and Zaqar are at')
        process.kill()
    urls = re.findall(r'http://\S+', '\n'.join(lines))
    await_true(lambda: not any(is_listening(url) for url in urls))


def test_an_application_that_ends_is_a_failure_that_is_told(tmp_path):
    application = tmp_path / 'broken.py'
    application.write_text('raise SystemExit("no such queue")\n')
    folder = tmp_path / 'litter'
    folder.mkdir()
    status, said, errors = ended(
        '--json', '--application', application, folder=folder
    )
    document = json.loads(said)
    assert status == 1
    assert document['seen'] is False
    assert 'broken.py ended by itself, with 1' in document['error']
    assert 'no such queue' in errors
    assert not is_listening(document['urls']['api'])


def test_an_application_that_keeps_its_server_is_a_failure(tmp_path):
    source = (ROOT / 'examples' / 'drain.py').read_text()
    application = tmp_path / 'keeps.py'
    application.write_text(source.replace("'continue'", "'abandon'"))
    folder = tmp_path / 'litter'
    folder.mkdir()
    status, said, _ = ended(
        '--json', '--application', application, folder=folder
    )
    document = json.loads(said)
    assert status == 1
    assert 'ABANDONED' in document['error']
    unseen = [each['what'] for each in document['checks'] if not each['seen']]
    assert 'that server is gone' in unseen
    seen = [each['what'] for each in document['checks'] if each['seen']]
    assert 'after the second alarm a message was on the queue' in seen


def test_an_application_that_is_not_there_is_asked_for(tmp_path):
    path = tmp_path / 'missing.py'
    status, said, errors = ended('--application', path, folder=tmp_path)
    assert (status, said) == (1, '')
    assert f'there is no application at {path}' in errors
    assert list(tmp_path.iterdir()) == []


def with_service(path, script, *, first=''):
    """The demo, which finds this script for the service beside Python."""
    path.mkdir()
    service = path / 'autoscale-standalone'
    service.write_text(f'#!{sys.executable}\n{script}\n')
    service.chmod(0o755)
    return (
        sys.executable,
        '-c',
        f'import sys; sys.executable = {str(path / "python")!r}\n'
        f'from autoscale.cmd.demo import main, stage; {first}\n'
        'sys.exit(main())',
    )


def test_a_service_that_does_not_start_is_quoted(tmp_path):
    command = with_service(tmp_path / 'bin', 'exit("the port is taken")')
    folder = tmp_path / 'litter'
    folder.mkdir()
    status, said, errors = ended('--json', folder=folder, command=command)
    assert status == 1
    assert 'autoscale-standalone ended by itself, with 1' in errors
    assert '  | the port is taken' in errors
    document = json.loads(said)
    assert document['seen'] is False
    assert not any(each['seen'] for each in document['checks'])
    # What it said is kept, for whoever wants to know more.
    (left,) = folder.iterdir()
    assert (left / 'service.log').read_text() == 'the port is taken\n'


def test_a_service_that_is_deaf_to_sigterm_is_ended(tmp_path):
    script = (
        'import os, signal\n'
        'signal.signal(signal.SIGTERM, signal.SIG_IGN)\n'
        f'open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))\n'
        'while True: signal.pause()'
    )
    command = with_service(
        tmp_path / 'bin', script, first='stage.LONGEST_END = 0.2'
    )
    with demo(folder=tmp_path, command=command) as process:
        written = tmp_path / 'pid'
        await_true(lambda: written.exists() and written.read_text()[-1:])
        pid = int(written.read_text())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
