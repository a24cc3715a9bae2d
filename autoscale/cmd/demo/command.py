"""The command: its options, what it starts and stops, its exit status."""

import argparse
import contextlib
import json
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from autoscale.cmd import embedded
from autoscale.cmd.demo import patience as patiences
from autoscale.cmd.demo import play as plays
from autoscale.cmd.demo import report
from autoscale.cmd.demo import stage
from autoscale.cmd.demo import story as stories
from autoscale.cmd.demo import verdict

NAME = 'autoscale-demo'

_CURL = """\
curl -X POST "$GROW"                # two more
curl -X POST "$SHRINK"              # one fewer, when it has drained
curl "$API/clusters/web"
curl "$API/clusters/web/nodes"
curl "$API/clusters/web/hooks"
curl "$API/actions?limit=1"         # the last one, and why
curl "$API/events"
curl "$API/clusters/web/preview" -H 'Content-Type: application/json' \\
    -d '{"scale_in": {"count": 1}}' # who would leave, and why"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play it; 0 if every step was seen to happen in the cloud, else 1."""
    started = time.monotonic()
    options = _parser().parse_args(arguments)
    patience = patiences.Patience()
    patience.listen()
    try:
        demo = Demo(options, patience, started)
        return demo.run()
    except stage.Unready as reason:
        print(f'{NAME}: {reason}', file=sys.stderr)
        return 1
    except patiences.Stopped as stopped:
        print(f'{NAME}: {stopped}', file=sys.stderr)
        return stage.exit_status(stopped.number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description='Start the service on a development cloud, and see a '
        'cluster scale out, and in through a lifecycle hook.',
    )
    parser.add_argument(
        '--json',
        action='store_true',
        help='one JSON document on standard output, and nothing else',
    )
    parser.add_argument(
        '--keep',
        action='store_true',
        help='leave everything running at the end, until Ctrl-C',
    )
    parser.add_argument(
        '--application',
        metavar='PATH',
        help='the program that drains, started with the name of its queue; '
        f'{stage.APPLICATION} of the clone if it is not given',
    )
    return parser


class Demo:
    """One run of the command."""

    def __init__(
        self,
        options: argparse.Namespace,
        patience: patiences.Patience,
        started: float,
    ) -> None:
        """`started` is of the monotonic clock. Raises Unready."""
        self._options = options
        self._patience = patience
        self._started = started
        self._path = stage.application(options.application)
        self._story = stories.Story(None if options.json else sys.stdout)
        self._observed = verdict.Observed()
        self._play: plays.Play | None = None

    def run(self) -> int:
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f'{NAME}-'))
        is_failed = True
        try:
            with contextlib.ExitStack() as stack:
                is_failed = not self._perform(folder, stack)
        except (patiences.Stopped, stage.Unready):
            is_failed = False
            raise
        finally:
            if not is_failed:
                shutil.rmtree(folder, ignore_errors=True)
        if is_failed:
            print(f'{NAME}: what was said is in {folder}', file=sys.stderr)
        return int(is_failed)

    def _perform(
        self, folder: pathlib.Path, stack: contextlib.ExitStack
    ) -> bool:
        """Whether it all was seen."""
        service = stage.Service(folder)
        stack.callback(service.stop)
        error = None
        try:
            self._open(service)
            application = stage.Application(
                self._path, verdict.QUEUE, service.clouds_file, folder
            )
            stack.callback(application.stop)
            self._play = plays.Play(
                service,
                application,
                story=self._story,
                patience=self._patience,
                observed=self._observed,
            )
            stack.callback(self._play.close)
            self._play.run()
        except patiences.NotSeen as not_seen:
            error = str(not_seen)
            print(f'{NAME}: {error}', file=sys.stderr)
        document = self._tell(service, error)
        if self._options.keep and self._play is not None:
            self._keep(service, self._play)
        return bool(document['seen'])

    def _open(self, service: stage.Service) -> None:
        self._story.say(
            'An alarm makes a cluster of three servers one of five. Another '
            'takes one away: its application is told, drains and answers, '
            'and only then is the server deleted. All of it is real HTTP; '
            'only the servers are made of nothing.'
        )
        self._story.heading('The service, on a development cloud')
        self._story.line(f'  $ {stage.SERVICE} --port 0 \\')
        self._story.line(f'        --state-dir {service.state}')
        service.start()
        try:
            self._patience.until(
                f'{stage.SERVICE} serves',
                lambda: service.is_up() or None,
            )
        except stage.Ended:
            raise
        except patiences.NotSeen as not_seen:
            raise patiences.NotSeen(
                f'{not_seen}; its last words:\n{service.last_words()}'
            ) from not_seen
        self._story.step(f'its API is at {service.api_url}/v1')
        self._story.step(
            f'Keystone, Nova and Zaqar are at {service.cloud_url}'
        )

    def _tell(
        self, service: stage.Service, error: str | None
    ) -> dict[str, Any]:
        play = self._play
        names = play.names if play else {}
        document = report.document(
            self._observed,
            names,
            error=error,
            seconds=time.monotonic() - self._started,
            calls=play.calls if play else [],
            urls=_urls(service, play),
        )
        if self._options.json:
            print(json.dumps(document, indent=2), flush=True)
        elif play is not None:
            self._tell_in_words(document, names)
        return document

    def _tell_in_words(
        self, document: dict[str, Any], names: dict[str, str]
    ) -> None:
        story, observed = self._story, self._observed
        story.heading('What happened, in seconds since each alarm')
        for title, moments in (
            ('from 3 to 5', report.scale_out(observed, names)),
            ('from 5 to 4', report.scale_in(observed, names)),
        ):
            story.lines(report.timeline(title, moments))
        story.heading('The servers, as the cloud lists them')
        story.lines(report.table(document['servers']))
        story.heading('Why, in the words of the two actions')
        for action in (observed.out, observed.into):
            if action is not None:
                story.lines(report.explanation(action))
        story.heading('Seen in the cloud itself')
        for check in document['checks']:
            if check['seen']:
                story.good(f'  yes  {check["what"]}')
            else:
                story.bad(f'  NO   {check["what"]}')
        story.line()
        seen = sum(each['seen'] for each in document['checks'])
        story.line(
            f'{seen} of {len(document["checks"])} were seen, '
            f'in {document["seconds"]:.1f} seconds.'
        )

    def _keep(self, service: stage.Service, play: plays.Play) -> None:
        """Until a signal, or until the service ends by itself."""
        story = self._story
        story.heading('Still running, until Ctrl-C')
        story.say(
            'Paste this into another terminal; the application goes on '
            'answering, and is heard here.'
        )
        story.line()
        story.line(f'API={service.api_url}/v1')
        for name, url in play.webhooks.items():
            story.line(f"{name.upper()}='{url}'")
        story.line(f'export OS_CLOUD={embedded.NAME} \\')
        story.line(f'    OS_CLIENT_CONFIG_FILE={service.clouds_file}')
        story.line()
        story.lines(_CURL.splitlines())
        story.line()
        try:
            while True:
                self._patience.wait(0.5)
                service.check()
                story.heard(play.application.name, play.application.news())
        except patiences.Stopped:
            story.line()
        except patiences.NotSeen as ended:
            print(f'{NAME}: {ended}', file=sys.stderr)


def _urls(service: stage.Service, play: plays.Play | None) -> dict[str, str]:
    """Where everything is, as far as it is anywhere."""
    if not service.api_url:
        return {}
    return {
        'api': f'{service.api_url}/v1',
        'cloud': service.cloud_url,
        'clouds_file': service.clouds_file,
        **(play.webhooks if play else {}),
    }
