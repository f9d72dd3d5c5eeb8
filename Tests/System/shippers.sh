#!/bin/bash
# In the guest: shipping lines from the node. rsyslog is the only shipper available here; others read the same journal.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
# As in Operations.md. Otherwise the journal has each record twice, and rsyslog reads both.
systemctl mask -q --now systemd-journald-audit.socket
mkdir -p /run/systemd/journald.conf.d
printf '[Journal]\nForwardToSyslog=yes\n' > /run/systemd/journald.conf.d/syslog.conf
systemctl restart systemd-journald
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
echo 'AUDIT_ENRICHER_FORMAT=json' >> /etc/audit-enricher/audit-enricher.conf
"$GUEST/start-containerd" /test/records > /dev/null 2>&1
systemctl restart audit-enricher
must 'the service is active' state_is active

collect() { # stores what arrives over TCP, unchanged
  python3 - <<'PYTHON' &
import socketserver
class Collect(socketserver.StreamRequestHandler):
    def handle(self):
        with open("/tmp/collected.txt", "ab", 0) as file:
            for line in self.rfile:
                file.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 5140), Collect).serve_forever()
PYTHON
  collector=$!
}
# rsyslog's rate limit is a burst and an interval. The file sets the interval. The default burst (20,000) would take long to reach, so
# this sets a small one.
sed -i 's/^module(load="imjournal" /&Ratelimit.Burst="100" /' ./rsyslog.conf
ship() { # CONFIGURATION
  rsyslogd -n -f "$1" -i /tmp/rsyslog.pid 2> /dev/null &
  shipper=$!
}
no_shipper() {
  kill "$shipper"
  wait "$shipper"
}
: > /tmp/collected.txt
collected() { grep -cF "\"pid\":$1," /tmp/collected.txt; }
all_came() { same "$2" "$(collected "$1")"; }

echo '-- rsyslog from the journal'
mkdir -p /var/lib/rsyslog
check 'rsyslogd finds no fault in the configuration' rsyslogd -N1 -f ./rsyslog.conf
collect
ship ./rsyslog.conf
pod web prod /records log 3 > /dev/null
named() { jq -es '[.[] | select(.namespace == "prod" and .pod == "web" and .comm == "records")] | length == 3' /tmp/collected.txt; }
check 'a pod has its lines at the collector, with its names' await named

echo '-- the collector is away'
kill "$collector"
wait "$collector" 2> /dev/null
process=$(/test/records log 500)
await lines_are 500 "\"pid\":$process,"
collect
more() { /test/records log 1 > /dev/null; all_came "$@"; }
check 'records made meanwhile arrive once it is back' await more "$process" 500

echo '-- rsyslog is away'
no_shipper
process=$(/test/records log 500)
await lines_are 500 "\"pid\":$process,"
ship ./rsyslog.conf
check 'records made meanwhile arrive, too' await all_came "$process" 500
check 'nothing arrived twice' same '' "$(sort /tmp/collected.txt | uniq -d)"

echo '-- a limit of rsyslog'
finds 'nothing was dropped so far' ok rsyslog 'no dropped messages'
no_shipper
sed 's/ Ratelimit.Interval="0"//' ./rsyslog.conf > limited.conf
ship ./limited.conf
left_out() { /test/records log 200 > /dev/null && says warning rsyslog '^imjournal.* due to rate-limiting' 'Ratelimit.Interval="0"'; }
check 'if its configuration does not lift the limit, dropped messages are found, with a remedy' await left_out
no_shipper
ship ./rsyslog.conf
process=$(/test/records log 500)
check 'the remedy helps: all of them arrive' await all_came "$process" 500
finds 'and nothing more is reported' ok rsyslog 'no dropped messages'

echo '-- a syslog daemon that journald sends to, and that does not read'
finds 'nothing was missed so far' ok syslog 'was missed$'
python3 -c 'import signal, socket
daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
daemon.bind("/run/systemd/journal/syslog")
signal.pause()' &
missed() { /test/records log 200 > /dev/null && says warning syslog '^Forwarding to syslog missed [0-9]+ messages' 'imjournal'; }
check 'doctor: messages that journald could not send are found, with a remedy' await missed

echo '-- all that came'
# None of the service's own messages, such as those at its start, was shipped.
check 'the journal has more of the service than its lines' lines_say 'reading audit records'
check 'only its lines arrive' jq -es 'length > 0 and all(.logger == "log-enricher" and has("time"))' /tmp/collected.txt
end
