"""doc/source/install/service.rst, followed command by command.

It makes a system user, /opt/autoscale and /etc/autoscale, so it does so only
where it is told to: AUTOSCALE_INSTALL names a JSON file of the words of the
guide and what they are here, such as {"controller:5000": "10.0.0.2:5000"}.
Commands for root and for a cloud's administrator are run as whoever runs the
test, which has to be both. Where systemd does not run, its part is played
here: `systemd-analyze` checks the units, and what they say in ExecStart is
started as the user that they name.
"""

import configparser
import json
import os
import pathlib
import shutil
import subprocess

import pytest
import requests

from tests.cloud import guide
from tests.functional.standalone import process as processes

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'doc' / 'source' / 'install' / 'service.rst'
UNITS = pathlib.Path('/etc/systemd/system')
NEW = [pathlib.Path('/etc/autoscale'), pathlib.Path('/opt/autoscale')]
WORDS = os.environ.get('AUTOSCALE_INSTALL')

pytestmark = pytest.mark.skipif(
    not WORDS, reason='AUTOSCALE_INSTALL does not say that it may be done'
)


class Host:
    """A host on which the guide is followed, and undone afterwards."""

    def __init__(self, place):
        self._place = place
        self._words = json.loads(pathlib.Path(WORDS).read_text())
        self._processes = {}
        self._units = []
        taken = [str(each) for each in NEW if each.exists()]
        assert not taken, f'there is an autoscale here already: {taken}'
        # Where oslo.messaging counts queues; root's tests leave files there
        # that the guide's user may not write.
        for each in pathlib.Path('/dev/shm').glob('*_autoscale-*'):
            each.unlink()

    def follow(self, step):
        """Do what the step says; the output of a command."""
        if isinstance(step, guide.File):
            path = pathlib.Path(step.path)
            path.write_text(self.meant(step.text))
            return ''
        text = self.meant(step.text)
        if text.startswith('systemctl '):
            return self._systemctl(*text.split()[1:])
        return self.run(text)

    def meant(self, text):
        for word, here in self._words.items():
            text = text.replace(word, here)
        return text

    def run(self, text):
        done = subprocess.run(
            ['bash', '-eu', '-o', 'pipefail', '-c', text],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f'{text}\n{done.stdout}{done.stderr}'
        return done.stdout

    def _systemctl(self, verb, *names):
        if verb == 'daemon-reload':
            self._units = sorted(UNITS.glob('autoscale-*.service'))
            return self.run(
                'systemd-analyze verify --man=no '
                + ' '.join(map(str, self._units))
            )
        assert (verb, names[0]) == ('enable', '--now')
        for name in names[1:]:
            self._start(name)
        return ''

    def _start(self, name):
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str
        unit.read(UNITS / f'{name}.service')
        command = unit['Service']['ExecStart'].split()
        user = unit['Service']['User']
        self._processes[name] = processes.Process(
            ['setpriv', f'--reuid={user}', f'--regid={user}', '--init-groups']
            + ['--pdeathsig', 'KILL', '--', *command],
            self._place / f'{name}.log',
            {'HOME': f'/var/lib/{user}'},
        )

    def logs(self):
        return {
            each.stem: each.read_text() for each in self._place.glob('*.log')
        }

    def stop(self):
        """All units end in good order; their exit statuses."""
        for each in self._processes.values():
            each.signal(15)
        return {name: p.end(60) for name, p in self._processes.items()}

    def undo(self):
        for each in self._processes.values():
            if each.is_alive():
                each.kill()
        for each in self._units:
            each.unlink()
        for each in NEW:
            shutil.rmtree(each, ignore_errors=True)
        subprocess.run(['userdel', '--remove', 'autoscale'], check=False)


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    yield host
    host.undo()


def test_who_follows_the_guide_has_a_service_that_works(host):
    steps = guide.steps(PAGE)
    last = [_begins(each, 'systemctl enable') for each in steps].index(True)
    for step in steps[: last + 1]:
        host.follow(step)
    url = host.meant('http://controller:8779')
    processes.eventually(lambda: _answers(url), 'the first answer', 60)
    # They share a variable, as they do in a person's shell.
    questions = [host.meant(each.text) for each in steps[last + 1 :]]
    said = host.run('\necho\n'.join(questions))
    assert '{"clusters":[]' in said.replace(' ', '')
    assert '"status":"CURRENT"' in said.replace(' ', '')
    (line,) = [each for each in said.splitlines() if 'autoscaling' in each]
    assert url in line
    assert 'CURRENT' in line
    health = requests.get(f'{url}/healthcheck?detailed', timeout=30)
    assert health.status_code == 200, health.text
    assert set(host.stop().values()) == {0}
    for name, text in host.logs().items():
        assert 'Traceback' not in text, name
        assert ' ERROR ' not in text, name


def _begins(step, words):
    return isinstance(step, guide.Command) and step.text.startswith(words)


def _answers(url):
    try:
        return requests.get(f'{url}/healthcheck', timeout=30).ok
    except requests.ConnectionError:
        return False
