"""Equal records become one line with their count. The sums are those of the records that were made."""
import collections
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest

from conftest import BINARY, GrowingFile, clean_environment, wait_for
from holder import holding
from test_floods import flood, made
from test_metrics import value, read_at
from test_restarts import BlockedPipe


class Counts:
    """The lines of getppid calls in a file that grows, and how many records they stand for. Equal lines count once: a killed program may
    have written a line that the next one wrote again."""

    def __init__(self, path):
        self.file = GrowingFile(path)
        self.seen, self.lines, self.sum, self.others = set(), 0, 0, 0

    def update(self):
        for line in self.file.new_lines():
            self.add(line)
        return self

    def add(self, line):
        found = re.search(rb'timestamp"?[=:]"([\d.:]+)".* ?syscallName"?[=:]"getppid"(?:.*[ ,"]count"?[=:](\d+)[ ,]"?firstTimestamp"?[=:]"([\d.:]+)")?', line)
        if not found:
            self.others += 1
            assert b" records lost" not in line, line
            return
        self.lines += 1
        if found.groups() not in self.seen:
            self.seen.add(found.groups())
            self.sum += int(found[2] or 1)

    def wait(self, total):
        wait_for(lambda: self.update().sum >= total, "a sum of %d" % total, 60)
        assert self.sum == total


def calls(page):
    """The number of getppid records in a page of metrics."""
    return sum(int(x) for x in re.findall(r'seccomp_records_total\{[^}]*syscall="getppid"[^}]*\} (\d+)', page))


OPTIONS = ["--cri-endpoint", "none", "--aggregate", "5s"]


@pytest.mark.parametrize("style", ["klog", "json"])
def test_the_sum_of_a_flood_is_exact_and_its_lines_are_few(enricher, style):
    program = enricher(*OPTIONS, style=style)
    total = made(flood(3, 2))
    counts = Counts(program.output)
    counts.wait(total)
    # A first line for each of the two processes, whose owner may also be found in two ways, and one at the end of each interval.
    assert counts.lines <= 16, counts.lines
    for line in program.lines():
        if "count" in line:
            assert isinstance(line["count"], int) and line["firstTimestamp"] <= line["timestamp"]


def test_the_first_record_is_a_line_at_once(enricher):
    program = enricher("--cri-endpoint", "none", "--aggregate", "1h")
    made(flood(0.2, 1, 1000))
    lines = wait_for(lambda: [x for x in program.lines() if x.get("syscallName") == "getppid"], "a line")
    assert "count" not in lines[0]


def test_a_stop_writes_what_is_pending(tmp_path):
    output, metrics = str(tmp_path / "lines"), str(tmp_path / "metrics")
    with holding(tmp_path) as held:
        process = held.start("--cri-endpoint", "none", "--aggregate", "1h", "--output", output, "--metrics-listen", "unix:" + metrics)
        total = made(flood(1, 2))
        wait_for(lambda: calls(read_at(metrics)) == total, "all records")
        assert Counts(output).update().sum < 10
        held.stop(process)
    counts = Counts(output).update()
    assert counts.sum == total and counts.lines <= 16


def test_reloads_in_a_flood_change_the_interval_and_the_format_and_keep_the_sum(tmp_path):
    output, config = str(tmp_path / "lines"), tmp_path / "conf"
    settings = ["AGGREGATE=5s", "AGGREGATE=none", "AGGREGATE=1h", "FORMAT=json\nAUDIT_ENRICHER_AGGREGATE=1h", "AGGREGATE=5s"]
    config.write_text("AUDIT_ENRICHER_%s\n" % settings[0])
    with holding(tmp_path) as held:
        process = held.start("--cri-endpoint", "none", "--output", output, "--config", str(config))
        producer = flood(60, 2, 50_000)
        counts = Counts(output)
        for setting in settings[1:]:
            seen = counts.update().lines
            config.write_text("AUDIT_ENRICHER_%s\n" % setting)
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: counts.update().lines > seen and "READY=1" in held.receive(), "a reload")
        total = made(producer, stop=True)
        counts.wait(total)
        held.stop(process)
    assert counts.update().sum == total


def test_restarts_in_a_flood_keep_the_sum(tmp_path):
    output = str(tmp_path / "lines")
    with holding(tmp_path) as held:
        process = held.start(*OPTIONS, "--output", output)
        producer = flood(60, 2, 100_000)
        counts = Counts(output)
        for _ in range(5):
            seen = counts.update().lines
            wait_for(lambda: counts.update().lines > seen, "lines")
            held.stop(process)
            process = held.start(*OPTIONS, "--output", output)
        counts.wait(made(producer, stop=True))
        held.stop(process)


def test_twenty_crashes_at_random_moments_keep_the_sum(tmp_path):
    crashes = 20
    output = str(tmp_path / "lines")
    with holding(tmp_path) as held:
        process = held.start(*OPTIONS, "--output", output)
        producer = flood(120, 2, 100_000)
        counts = Counts(output)
        for _ in range(crashes):
            time.sleep(random.uniform(0, 1))
            process.kill()
            process.wait(30)
            process = held.start(*OPTIONS, "--output", output)
        total = made(producer, stop=True)
        wait_for(lambda: counts.update().sum >= total, "a sum of %d" % total)
        held.stop(process)
        # The record that was being counted when the program was killed may be counted again.
        assert total <= counts.update().sum <= total + crashes, (counts.sum, total)
        assert counts.lines <= crashes * 20


def test_a_stop_with_a_blocked_output_keeps_the_sum(tmp_path):
    output = BlockedPipe(tmp_path)
    options = ["--cri-endpoint", "none", "--aggregate", "5s", *output.options]
    with holding(tmp_path) as held:
        process = held.start(*options)
        # The pipe is full, so that it accepts not even one line.
        filler = os.open(str(tmp_path / "pipe"), os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(filler, b"#\n")
        except BlockingIOError:
            pass
        total = made(flood(0.5, 2, 20_000))
        wait_for(lambda: value(read_at(output.metrics), "responding") == 0, "a blocked output")
        process.terminate()
        assert process.wait(30) == 1 and "the output has accepted nothing for" in held.said()
        os.close(filler)
        output.read()
        process = held.start(*options)

        def counts():
            found = Counts("")
            for line in bytes(output.text).split(b"\n")[:-1]:
                found.add(line)
            return found.sum

        wait_for(lambda: counts() >= total, "a sum of %d" % total)
        held.stop(process)
        assert total <= counts() <= total + 1


def test_the_counts_are_in_the_metrics(tmp_path, enricher):
    metrics = str(tmp_path / "metrics")
    program = enricher(*OPTIONS, "--metrics-listen", "unix:" + metrics, style="klog")
    total = made(flood(1, 2))
    counts = Counts(program.output)
    counts.wait(total)
    page = read_at(metrics)
    assert value(page, "aggregated_records_total") >= total - counts.lines
    assert calls(page) == total
    assert value(page, "aggregation_keys") >= 1 and value(page, "aggregation_merges_total") == 0


def test_profiles_and_sums_of_counted_lines_are_those_of_all_lines(tmp_path):
    log = tmp_path / "log"
    subprocess.run([os.path.join(os.path.dirname(__file__), "../Benchmarks/make-log"), log, "20000", "10", "20"], check=True)

    def enriched(*options):
        path = tmp_path / ("lines" + "".join(options).replace("-", "").replace(" ", ""))
        with open(path, "w") as file:
            subprocess.run([BINARY, "replay", "--snapshot", log / "node.json", *options, log / "audit.log"], stdout=file,
                           stderr=subprocess.DEVNULL, check=True, env=clean_environment())
        return path

    def run(*argv):
        return subprocess.run([BINARY, *argv], capture_output=True, text=True, check=True, env=clean_environment()).stdout

    for style in ("klog", "json"):
        all_lines, counted = enriched("--format", style), enriched("--format", style, "--aggregate", "5s")
        assert os.path.getsize(counted) * 20 < os.path.getsize(all_lines)
        assert run("summary", all_lines) == run("summary", counted)
        assert run("profile", all_lines, "--namespace", "namespace-1") == run("profile", counted, "--namespace", "namespace-1")


def test_a_server_in_a_pod_has_few_lines_with_exact_sums(node, tmp_path, enricher, record_property):
    """A pod under a profile that logs everything, at full speed."""
    seconds = int(os.environ.get("AGGREGATION_SECONDS", "5"))
    shared = tmp_path / "shared"
    shared.mkdir()
    subprocess.run(["clang", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", shared / "calls",
                    os.path.join(os.path.dirname(__file__), "calls.c")], check=True)
    metrics = str(tmp_path / "metrics")
    program = enricher("--cri-endpoint", node.endpoint, "--aggregate", "60s", "--metrics-listen", "unix:" + metrics)
    node.run_pod("web", "--seccomp", "log-all", "--mount", "%s:/shared:rw" % shared, namespace="prod")
    try:
        truth = json.loads(node.bench("exec", "--timeout", str(seconds + 60), "prod/web/main", "/shared/calls", str(seconds)))

        def counted(page):
            found = collections.Counter()
            for name, count in re.findall(r'seccomp_records_total\{[^}]*pod="web"[^}]*syscall="(\w+)"[^}]*\} (\d+)', page):
                found[name] += int(count)
            return found

        # The whole container is gone, and all its records have been read.
        node.bench("pod", "rm", "--all")
        wait_for(lambda: counted(read_at(metrics))["exit_group"] >= 1 and all(
            counted(read_at(metrics))[name] + lost(program) >= n for name, n in truth.items()), "all records")
        totals = counted(read_at(metrics))
    finally:
        node.bench("pod", "rm", "--all")
    assert lost(program) == 0
    assert program.stop() == 0
    lines = [x for x in program.lines() if x.get("pod") == "web" and x["type"] == "seccomp"]
    sums = collections.Counter()
    for line in lines:
        sums[line["syscallName"]] += line.get("count", 1)
    assert {name: sums[name] for name in truth} == truth
    # Those of the runtime and the start, too.
    assert sums == totals
    first = {x["syscallName"] for x in lines if "count" not in x}
    assert first == set(sums)
    assert len(lines) * 100 < sum(sums.values()), (len(lines), sum(sums.values()))
    record_property("records", sum(sums.values()))
    record_property("lines", len(lines))


def lost(program):
    return sum(x["count"] for x in program.lines() if x["type"] == "loss")
