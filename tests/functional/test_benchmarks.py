"""The benchmarks run, however fast; how fast, only a person can judge."""

import json

from benchmarks import __main__ as benchmarks
from benchmarks import several
from benchmarks import table
from tests.services.servers import server


def test_a_quick_benchmark_prints_its_figures(tmp_path, capsys):
    file = tmp_path / 'figures.json'
    assert benchmarks.main(['trigger', '--quick', '--json', str(file)]) == 0
    rows = {
        each['figure']: each
        for each in json.loads(file.read_text())['trigger']
    }
    printed = capsys.readouterr().out
    assert all(name in printed for name in rows)
    assert all(each['median'] > 0 for each in rows.values())
    assert rows['trigger, no body: SQL']['median'] <= 6


class NotThere(server.Server):
    package = 'not-there-server'

    def prepare(self):
        self.program('not-there')


def test_without_a_server_its_package_is_named(capsys):
    with several.servers(NotThere) as servers:
        assert servers is None
    said = capsys.readouterr().out
    assert 'apt-get install not-there-server' in said


def test_percentiles_are_samples_that_were_taken():
    samples = [float(each) for each in range(1, 101)]
    assert table.percentile(samples, 95) == 95.0
    assert table.percentile(samples, 99) == 99.0
    assert table.percentile([7.0], 99) == 7.0


def test_a_table_has_its_columns_below_each_other():
    rows = [
        table.row('short', [1.0], 's', '<= 1'),
        table.row('a longer one', [1234.5], 'requests/s'),
    ]
    assert table.lines(rows) == [
        'figure        median  p95  p99  target  unit',
        'short              1            <= 1    s',
        'a longer one   1,234                    requests/s',
    ]
