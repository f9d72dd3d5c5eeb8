"""The configuration is checked before it is used, and read again while records flow."""
import os
import signal
import subprocess

from conftest import BINARY, clean_environment, parse, wait_for
from test_metrics import free_port, get, value
from test_notify import Manager
from test_output import make_record


def check(path, *options, env=None, **more):
    return subprocess.run([BINARY, "run", "--check", "--config", str(path), *options], capture_output=True, text=True,
                          env=clean_environment(**(env or {})), timeout=60, **more)


def test_a_valid_file_is_shown_with_each_value_and_its_source(tmp_path):
    (tmp_path / "conf").write_text("# comment\nAUDIT_ENRICHER_FORMAT=json\n")
    done = check(tmp_path / "conf", "--fields", "basic", env={"AUDIT_ENRICHER_NODE": "worker-1"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "AUDIT_ENRICHER_FORMAT=json  # %s/conf, line 2: AUDIT_ENRICHER_FORMAT" % tmp_path in lines
    assert "AUDIT_ENRICHER_FIELDS=basic  # --fields" in lines
    assert "AUDIT_ENRICHER_NODE=worker-1  # AUDIT_ENRICHER_NODE in the environment" in lines
    assert "AUDIT_ENRICHER_OUTPUT=-  # default" in lines


def test_each_error_is_listed_with_key_line_and_reason(tmp_path):
    (tmp_path / "conf").write_text(
        "AUDIT_ENRICHER_FORMAT=xml\nAUDIT_ENRICHER_COLOUR=red\n\nhello\nAUDIT_ENRICHER_PROC_ROOT=proc\n")
    done = check(tmp_path / "conf")
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()
    for place, text in (("line 1", "AUDIT_ENRICHER_FORMAT: 'xml' is not valid: it must be klog or json or journald"),
                        ("line 2", "unknown key 'AUDIT_ENRICHER_COLOUR'"), ("line 4", "'hello' is not NAME=value"),
                        ("line 5", "AUDIT_ENRICHER_PROC_ROOT: 'proc' is not valid")):
        assert [x for x in said if place in x and text in x], (place, text, said)
    assert len(said) == 4 and all(x.startswith("audit-enricher: ") for x in said)


def test_a_reload_of_the_unit_shows_only_errors(tmp_path):
    """In the unit, standard output goes to the journal, among the records."""
    (tmp_path / "conf").write_text("AUDIT_ENRICHER_FORMAT=json\n")
    done = check(tmp_path / "conf", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (tmp_path / "conf").write_text("AUDIT_ENRICHER_FORMAT=xml\n")
    done = check(tmp_path / "conf", "--quiet")
    assert done.returncode == 1 and "'xml' is not valid" in done.stderr
    with open(os.path.join(os.path.dirname(__file__), "../../systemd/audit-enricher.service")) as unit:
        assert "ExecReload=/usr/bin/audit-enricher run --check --quiet\n" in unit
    done = subprocess.run([BINARY, "run", "--quiet"], capture_output=True, text=True, env=clean_environment(), timeout=60)
    assert done.returncode == 2 and "--quiet needs --check" in done.stderr


def test_an_invalid_option_is_wrong_usage(tmp_path):
    (tmp_path / "conf").write_text("")
    done = check(tmp_path / "conf", "--format", "xml")
    assert done.returncode == 2 and "--format: 'xml' is not valid" in done.stderr


def test_a_configuration_that_is_not_a_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "conf")
    done = check(tmp_path / "conf")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("audit-enricher: cannot read the configuration file %s/conf: it is a pipe "
                           "(name a regular file, because a reload reads it again)\n" % tmp_path)
    done = check("/dev/stdin", input="AUDIT_ENRICHER_FORMAT=json\n")
    assert done.returncode == 1 and "/dev/stdin: it is a pipe (" in done.stderr
    (tmp_path / "file").write_text("AUDIT_ENRICHER_FORMAT=json\n")
    with open(tmp_path / "file") as f:
        assert "AUDIT_ENRICHER_FORMAT=json  # /dev/stdin, line 1" in check("/dev/stdin", stdin=f).stdout


def test_a_duplicate_key_is_reported_with_both_lines(tmp_path):
    (tmp_path / "conf").write_text("AUDIT_ENRICHER_FORMAT=xml\n\nAUDIT_ENRICHER_FORMAT=json\n")
    done = check(tmp_path / "conf")
    assert done.returncode == 1
    assert "conf, line 3: AUDIT_ENRICHER_FORMAT is also set in line 1: remove one of them\n" in done.stderr


def test_a_byte_order_mark_is_reported(tmp_path):
    (tmp_path / "conf").write_text("\ufeffAUDIT_ENRICHER_FORMAT=json\n")
    done = check(tmp_path / "conf")
    assert (done.returncode, done.stderr) == (
        1, "audit-enricher: %s/conf, line 1: begins with a byte order mark: save the file without it\n" % tmp_path)


def test_no_value_can_control_the_terminal(tmp_path):
    evil = "\x1b[2J\x7f\x9b\u202e\u2028"
    shown = r"\u{1B}[2J\u{7F}\u{009B}\u{202E}\u{2028}"
    (tmp_path / evil).mkdir()
    conf = tmp_path / evil / "conf"
    conf.write_text("AUDIT_ENRICHER_NODE=%s\nAUDIT_ENRICHER_OUTPUT=/nonexistent/%s/file\n" % (evil, evil))
    done = check(conf)
    assert done.returncode == 0
    assert "AUDIT_ENRICHER_NODE=%s  # %s/%s/conf, line 1: AUDIT_ENRICHER_NODE\n" % (shown, tmp_path, shown) in done.stdout
    assert "there is no directory /nonexistent/%s/\n" % shown in done.stderr
    for text in (done.stdout, done.stderr):
        assert not [x for x in text if x in evil and x not in "[2J"]
    conf.write_text("AUDIT_ENRICHER_FORMAT=%s\n%s=1\n%s\n" % (evil, evil, evil))
    done = check(conf, env={"AUDIT_ENRICHER_" + evil: "x"})
    assert done.returncode == 1 and done.stderr.count(shown) >= 7
    assert not [x for x in done.stderr if x in evil and x not in "[2J"]


def test_missing_paths_cause_warnings(tmp_path):
    (tmp_path / "conf").write_text("AUDIT_ENRICHER_CRI_ENDPOINT=unix://%s/s\n" % tmp_path)
    done = check(tmp_path / "conf", "--output", "%s/no/file" % tmp_path, "--metrics-listen", "unix:%s/m" % tmp_path)
    assert done.returncode == 0 and "AUDIT_ENRICHER_OUTPUT=%s/no/file  # --output\n" % tmp_path in done.stdout
    assert done.stderr == (
        "audit-enricher: warning: --output: there is no directory %s/no/\n"
        "audit-enricher: warning: %s/conf, line 1: AUDIT_ENRICHER_CRI_ENDPOINT: there is no socket %s/s\n"
        % (tmp_path, tmp_path, tmp_path))
    assert os.listdir(tmp_path) == ["conf"]


class Reloaded:
    def __init__(self, enricher, tmp_path, *options):
        self.conf = tmp_path / "conf"
        self.conf.write_text("AUDIT_ENRICHER_NODE=before\n")
        self.manager = Manager()
        self.program = enricher("--config", str(self.conf), "--cri-endpoint", "none", *options, env=self.manager.env)
        self.manager.wait_for("READY")

    def lines(self):
        """Lines in either format."""
        with open(self.program.output, "rb") as f:
            return [parse(x.decode(), "json" if x[:1] == b"{" else "klog") for x in f.read().split(b"\n")[:-1]]

    def reload(self, text):
        self.conf.write_text(text)
        self.program.process.send_signal(signal.SIGHUP)
        assert int(self.manager.wait_for("MONOTONIC_USEC")) > 0
        assert self.manager.said[-1]["RELOADING"] == "1"
        self.manager.wait_for("READY")


def test_a_reload_applies_what_it_can_and_reports_what_needs_a_restart(enricher, tmp_path):
    it = Reloaded(enricher, tmp_path)
    make_record()
    wait_for(lambda: len(it.lines()) >= 4, "lines")
    assert {x["node"] for x in it.lines()} == {"before"}
    it.reload("AUDIT_ENRICHER_NODE=after\nAUDIT_ENRICHER_PROC_ROOT=/elsewhere\n")
    make_record()
    wait_for(lambda: len([x for x in it.lines() if x["node"] == "after"]) >= 4, "lines with the new name")
    said = it.program.stderr()
    assert "the settings were reloaded changed=AUDIT_ENRICHER_NODE\n" in said
    assert "warning: AUDIT_ENRICHER_PROC_ROOT has changed: the new value takes effect after a restart" in said
    # A setting that is no longer in the file has its default again.
    it.reload("AUDIT_ENRICHER_HOST_PROCESSES=drop\n")
    count = len(it.lines())
    make_record()
    it.reload("AUDIT_ENRICHER_NODE=last\n")
    make_record()
    wait_for(lambda: len([x for x in it.lines() if x["node"] == "last"]) >= 4, "lines after the pause")
    assert len([x for x in it.lines() if x["node"] == "last"]) == len(it.lines()) - count


def test_metrics_have_the_nodes_new_name_too(enricher, tmp_path):
    port = free_port()
    it = Reloaded(enricher, tmp_path, "--metrics-listen", "127.0.0.1:%d" % port)
    make_record()
    counted = wait_for(lambda: value(get(port)[1], "seccomp_records_total", node="before"), "counted records")
    it.reload("AUDIT_ENRICHER_NODE=after\n")
    text = get(port)[1]
    assert value(text, "seccomp_records_total", node="after") >= counted
    assert value(text, "seccomp_records_total", node="before") == 0


def test_an_option_takes_precedence_over_a_changed_file(enricher, tmp_path):
    it = Reloaded(enricher, tmp_path)
    it.reload("AUDIT_ENRICHER_FORMAT=klog\n")
    make_record()
    wait_for(lambda: len(it.lines()) >= 4, "lines")
    with open(it.program.output) as f:
        assert all(x.startswith("{") for x in f)
    assert "changed=AUDIT_ENRICHER_NODE\n" in it.program.stderr()


def test_an_invalid_file_changes_nothing_and_is_reported(enricher, tmp_path):
    it = Reloaded(enricher, tmp_path)
    os.rename(it.program.output, it.program.output + ".1")
    it.reload("AUDIT_ENRICHER_NODE=after\nAUDIT_ENRICHER_FIELDS=some\n")
    make_record()
    # The output is opened again all the same, because logrotate depends on that.
    wait_for(lambda: len(it.lines()) >= 4, "lines in the new file")
    assert {x["node"] for x in it.lines()} == {"before"}
    said = it.program.stderr()
    assert "conf, line 2: AUDIT_ENRICHER_FIELDS: 'some' is not valid" in said
    assert "the settings stay as they are" in said
    os.remove(it.conf)
    it.program.process.send_signal(signal.SIGHUP)
    it.manager.wait_for("READY")
    assert "cannot read the configuration file" in it.program.stderr()
    os.mkfifo(it.conf)
    it.program.process.send_signal(signal.SIGHUP)
    it.manager.wait_for("READY")
    assert "conf: it is a pipe (name a regular file, because a reload reads it again); the settings stay as they are" in it.program.stderr()


def test_a_runtime_that_is_configured_later_names_containers(node, enricher, tmp_path):
    pod = node.run_pod("later", namespace="prod")
    try:
        conf = tmp_path / "conf"
        conf.write_text("AUDIT_ENRICHER_CRI_ENDPOINT=none\n")
        program = enricher("--config", str(conf))
        mark = "busyboxlater"
        script = "until [ -e /tmp/stop ]; do kill -0 $$; sleep 0.05; done"
        with node.process("prod/later/main", mark, script):
            first = wait_for(lambda: program.records(mark), "records without a runtime")[0]
            assert (first["pod"], first["attribution"]) == ("", "no-cri")
            conf.write_text("AUDIT_ENRICHER_CRI_ENDPOINT=%s\n" % node.endpoint)
            program.process.send_signal(signal.SIGHUP)
            named = wait_for(lambda: [r for r in program.records(mark) if r["pod"]], "records with names")[0]
            assert (named["pod"], named["containerID"]) == ("later", pod["containers"]["main"]["id"])
            node.bench("exec", "prod/later/main", "sh", "-c", ": > /tmp/stop")
    finally:
        node.bench("pod", "rm", "--all")
