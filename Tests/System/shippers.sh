#!/bin/bash
# In the guest: lines on their way from the node. What can be had here of shippers is rsyslog; others read the same journal.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
echo 'AUDIT_ENRICHER_FORMAT=json' >> /etc/audit-enricher/audit-enricher.conf
"$GUEST/start-containerd" /test/records > /dev/null 2>&1
systemctl restart audit-enricher
must 'the service is active' state_is active

collect() { # what comes over TCP, as it is
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
ship() {
  rsyslogd -n -f ./rsyslog.conf -i /tmp/rsyslog.pid 2> /dev/null &
  shipper=$!
}
: > /tmp/collected.txt
collected() { grep -cF "\"pid\":$1," /tmp/collected.txt; }
all_came() { same "$2" "$(collected "$1")"; }

echo '-- rsyslog from the journal'
mkdir -p /var/lib/rsyslog
check 'rsyslogd finds no fault in the configuration' rsyslogd -N1 -f ./rsyslog.conf
collect
ship
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
check 'what was recorded meanwhile comes once it is back' await more "$process" 500

echo '-- rsyslog is away'
kill "$shipper"
wait "$shipper"
process=$(/test/records log 500)
await lines_are 500 "\"pid\":$process,"
ship
check 'what was recorded meanwhile comes, too' await all_came "$process" 500
check 'nothing came twice' same '' "$(sort /tmp/collected.txt | uniq -d)"

echo '-- more than rsyslog usually takes in ten minutes'
process=$(/test/records log 21000)
# As long as more of them come: this machine may be slow.
patiently() {
  local before=0 still=0
  until await all_came "$process" 21000; do
    (($(collected "$process") > before)) && still=0 || still=$((still + 1))
    ((still < 3)) || return 1
    before=$(collected "$process")
  done
}
check 'all of it comes' patiently

echo '-- all that came'
# Nothing of what the service says of itself, as at its start.
check 'the journal has more of the service than its lines' lines_say 'reading SECCOMP records'
check 'nothing but its lines comes' jq -es 'length > 0 and all(.logger == "log-enricher" and has("time"))' /tmp/collected.txt
end
