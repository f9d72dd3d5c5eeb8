#!/bin/bash
# In the guest: the .deb from installation to purge, and everything that an operator does with the service.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
everything > /tmp/before.txt
configuration=/etc/audit-enricher/audit-enricher.conf

echo '-- installation'
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
must 'the service is started and ready' await state_is active
for unit in audit-enricher.{service,socket} audit-enricher-{connector,starters,metrics}.socket; do
  check "$unit is enabled" same enabled "$(systemctl is-enabled "$unit")"
done
check 'process events are switched on' state_is active audit-enricher-process-events.service
check 'systemd-analyze verify finds nothing' verify_units
check 'systemd-analyze security: 0.8 at most' exposure_at_most 0.8 audit-enricher.service
check 'its cgroup is its own, beside those of pods' same /audit_enricher.slice/audit-enricher.service "$(property ControlGroup)"
check 'with ten times the weight of others' same 1000 "$(cat /sys/fs/cgroup/audit_enricher.slice/cpu.weight)"
check 'it does not run as root and has no capability' has_no_rights
check 'there is no warning except that containerd does not run yet' \
  same '' "$(journalctl -u audit-enricher -p warning -o cat | grep -v '^no container runtime at')"
must 'a process of the host has lines' makes_lines 3
check 'nor does a library complain' lines_are 0 'Failed to set thread priority'

echo '-- pods'
"$GUEST/start-containerd" /test/records > /dev/null 2>&1
read -r web _ < <(pod web prod /records log 1000 500000)
named() { (($(count_lines 'namespace="prod" pod="web" container="app"' 'comm="records"' 'containerID="') >= 5)); }
check 'a pod has lines with its names, as long as it runs' await named
pod job batch /records kill > /dev/null
check 'a pod that is killed at its first call has its line' await lines_are 1 'pod="job"' 'action="kill_process"'
# shellcheck disable=SC2016 # the pod's own variables
pod short batch /bin/busybox sh -c 'i=0; while [ $i -lt 20 ]; do /records log 1; i=$((i + 1)); done' > /dev/null
check 'short-lived processes of a pod are named' await lines_are 20 'namespace="batch" pod="short" container="app"' 'comm="records"'
check 'systemctl status shows the counts' await status_has ' records'

echo '-- recordings'
recorded() { audit-enricher recordings --namespace "$1" --format recording | grep "\"workload\":\"$2\".*\"name\":\"$3\""; }
check 'what a pod calls is recorded' await recorded prod web getppid
check 'by the user of the service, and only it and root can read them' same "640 $(stat -c %u "/proc/$(property MainPID)")" \
  "$(stat -L -c '%a %u' /var/lib/audit-enricher/prod/web/app.json)"
check 'nobody else comes to it' same '700 root' "$(stat -c '%a %U' /var/lib/private)"
systemctl kill -s KILL audit-enricher
must 'a killed service is started again' await state_is active
check 'and its recordings go on' await recorded prod web getppid
check 'without a gap' no grep -q '"restart"' /var/lib/audit-enricher/prod/web/app.json
check 'a profile is made of them' sh -c 'audit-enricher profile --namespace prod --format names | grep -qx getppid'

echo '-- metrics'
page() { # PATH: prints the status and the body
  python3 -c 'import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", 9643, timeout=30)
connection.request("GET", sys.argv[1])
answer = connection.getresponse()
print(answer.status, answer.read().decode(), sep="\n", end="")' "$1"
}
metrics() { page /metrics; }
metrics > "$OUT/metrics.txt"
check 'metrics count the records of a pod' grep -E '^audit_enricher_seccomp_records_total\{.*pod="web"' "$OUT/metrics.txt"
check 'its health is reported' same $'200\nok' "$(page /healthz)"
check 'its liveness is reported' same $'200\nok' "$(page /livez)"
check 'it receives process events' grep -x 'audit_enricher_process_connector_up 1' "$OUT/metrics.txt"
check 'and are read many at a time' grep -x 'audit_enricher_process_events_paced 1' "$OUT/metrics.txt"
check 'the service is not in the network of the host' no same "$(readlink /proc/1/ns/net)" "$(readlink "/proc/$(property MainPID)/ns/net")"

echo '-- what it can do without'
systemctl mask -q --runtime --now audit-enricher-connector.socket audit-enricher-metrics.socket
# The service has no network, so it cannot open a port itself either.
systemctl restart audit-enricher
check 'it runs without process events and metrics' await state_is active
must 'and a process of the host has lines' makes_lines 3
systemctl unmask -q --runtime audit-enricher-connector.socket audit-enricher-metrics.socket
systemctl stop audit-enricher.service
systemctl start audit-enricher-connector.socket audit-enricher-metrics.socket audit-enricher.service
check 'and with them again' await state_is active
metrics > "$OUT/metrics.txt"
check 'process events arrive again' grep -x 'audit_enricher_process_connector_up 1' "$OUT/metrics.txt"
number_of() { metrics | sed -n "s/^audit_enricher_$1 //p"; }
scans=$(number_of process_scans_total) losses=$(number_of process_event_losses_total)
# Processes that begin and end between the two commands cause no event. This takes much longer than the service goes without events.
audit-enricher process-events off
audit-enricher process-events on
were_scanned() { (($(number_of process_scans_total) > scans)); }
check 'events that were off and on again have all processes read again, also if no record arrived meanwhile' await were_scanned
check 'and are not counted as a certain loss' same "$losses" "$(number_of process_event_losses_total)"

echo '-- reload'
process=$(property MainPID)
echo 'AUDIT_ENRICHER_NODE=worker-7' >> "$configuration"
check 'a valid configuration is accepted' systemctl reload audit-enricher
new_node() { test -n "$(lines "pid=$(/test/records log 1) " 'node="worker-7"')"; }
check 'and applied to lines' await new_node
check 'settings are not among them' lines_are 0 '# default'
echo 'AUDIT_ENRICHER_FORMAT=nonsense' >> "$configuration"
check 'an invalid configuration is refused' no systemctl reload audit-enricher
check 'with key, line and reason' await lines_say 'AUDIT_ENRICHER_FORMAT' "line $(wc -l < "$configuration")" 'nonsense'
reason() { journalctl -u audit-enricher -p err -o cat --no-pager | grep -F "line $(wc -l < "$configuration"): AUDIT_ENRICHER_FORMAT: 'nonsense'"; }
check 'as an error' await reason
systemctl kill -s HUP audit-enricher
check 'the same happens after a signal alone' await lines_say 'the settings stay as they are'
check 'lines go on as before' new_node
check 'all of it without a restart' same "$process" "$(property MainPID)"
sed -i '/nonsense/d' "$configuration"

echo '-- the journal'
unknown_ids() { # prints the catalog's IDs that journalctl does not know
  sed -n 's/^-- \([0-9a-f]*\)$/\1/p' /usr/lib/systemd/catalog/audit-enricher.catalog | while read -r id; do
    journalctl --dump-catalog "$id" 2> /dev/null | grep -q '^Subject:' || echo "$id"
  done
}
check 'the catalog is installed' test -s /usr/lib/systemd/catalog/audit-enricher.catalog
check 'and known' same '' "$(unknown_ids)"
check 'journalctl -x explains why settings were refused' explained 654480ec07d643b2aac11588812e7274 'the settings stay as they are' \
  'The configuration was refused'
echo 'AUDIT_ENRICHER_FORMAT=journald' >> "$configuration"
systemctl reload audit-enricher
by_field() { journalctl -u audit-enricher K8S_POD=web SYSCALL_NAME=getppid --no-pager -o json | jq -e 'select(.K8S_NAMESPACE == "prod" and .K8S_CONTAINER == "app")'; }
check 'journalctl finds a pod by its fields' await by_field
check 'journalctl -x explains them' explained 5889585be9d4482992db3c8745a373a1 'pod="web"' 'A seccomp filter took an action on a syscall'
check 'and nothing of another pod' no grep -q . <(journalctl -u audit-enricher K8S_POD=nobody --no-pager -o json)
sed -i '/FORMAT=journald/d' "$configuration"
systemctl reload audit-enricher
check 'a reload changes the format, and back' makes_lines 2

echo '-- restarts under load'
# A journal with a strict rate limit for other services.
mkdir -p /run/systemd/journald.conf.d
printf '[Journal]\nRateLimitIntervalSec=1h\nRateLimitBurst=20\n' > /run/systemd/journald.conf.d/strict.conf
systemctl restart systemd-journald
some() { (($(count_lines "pid=$process ") > $1)); }
# Makes records one after the other until `ebb`, which sets $made to their number.
flow() {
  /test/records flow 10000 > /tmp/flow.txt &
  load=$!
  await test -s /tmp/flow.txt
  process=$(cat /tmp/flow.txt)
}
ebb() {
  kill "$process"
  wait "$load"
  made=$(sed -n 2p /tmp/flow.txt)
}
flow
await some 100
systemctl restart audit-enricher
await some 400
systemctl restart audit-enricher
ebb
check 'restarted twice: each record has its line' await lines_are "$made" "pid=$process "

# systemd keeps the memory that holds records which were read and not yet written. How many of them were written is unknown, so a few
# lines appear twice.
distinct() { lines "pid=$process " | grep -o 'timestamp="[^"]*"' | sort -u | grep -c ''; }
are_distinct() { same "$1" "$(distinct)"; }
check 'systemd keeps memory for it, of records, of recordings and of counts' same 3 "$(property NFileDescriptorStore)"
flow
await some 100
systemctl kill -s KILL audit-enricher
await some 400
systemctl kill -s KILL audit-enricher
ebb
check 'killed twice: each record has its line' await are_distinct "$made"
echo "      $(($(count_lines "pid=$process ") - made)) lines twice"
check 'no loss is reported' lines_are 0 'lost'
check 'systemd restarted it' same 2 "$(property NRestarts)"

echo '-- a journal that stands still'
# Three seconds at least. These are more entries than fit into journald's socket, so the audit socket's buffer is the queue. The socket of
# standard output holds 8 MB, which is more lines than this machine makes in that time.
stands_still() { # FORMAT RESPONDING HEALTH: what the service has to report while journald is stopped
  sed -i '/FORMAT=/d' "$configuration"
  echo "AUDIT_ENRICHER_FORMAT=$1" >> "$configuration"
  systemctl reload audit-enricher
  local journald count=4000 responding health
  journald=$(systemctl show -P MainPID systemd-journald)
  kill -STOP "$journald"
  process=$(/test/records log "$count")
  sleep 3
  responding=$(metrics | grep '^audit_enricher_responding ')
  health=$(page /healthz | head -n 1)
  kill -CONT "$journald"
  same "audit_enricher_responding $2" "$responding" && same "$3" "$health" && await are_distinct "$count"
}
check 'lines on standard output: nothing is lost' stands_still klog 1 200
distinct() { journalctl -u audit-enricher --no-pager -o json --output-fields=AUDIT_ID "TARGET_PID=$process" | jq -r .AUDIT_ID | sort -u | grep -c ''; }
check 'entries with fields: nothing is lost' stands_still journald 0 503
sed -i '/FORMAT=/d' "$configuration"
systemctl reload audit-enricher
check 'no loss is reported' lines_are 0 'records lost'

echo '-- watchdog'
mkdir -p /run/systemd/system/audit-enricher.service.d
printf '[Service]\nWatchdogSec=4s\n' > /run/systemd/system/audit-enricher.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart audit-enricher
stopped=$(property MainPID)
kill -STOP "$stopped"
records=$(/test/records log 5)
another() { [[ $(property MainPID) != "$stopped" ]] && state_is active; }
check 'a stopped process is replaced' await another
check 'and records made meanwhile have lines' await lines_are 5 "pid=$records "
check 'the watchdog was the reason' await test 0 -lt "$(count_lines 'Watchdog timeout')"
rm -r /run/systemd/system/audit-enricher.service.d
systemctl daemon-reload

echo '-- beside auditd and the journal'
check 'auditd starts' systemctl start auditd
check 'records still have lines' makes_lines 3
check 'auditd has them, too' await grep -q 'type=SECCOMP' /var/log/audit/audit.log
systemctl stop auditd || auditctl --signal stop
check 'the journal reads audit, too' state_is active systemd-journald-audit.socket
process=$(/test/records log 2)
stored_by_audit() { journalctl _TRANSPORT=audit -o cat --no-pager | grep "pid=$1 "; }
check 'and then holds every record twice' await stored_by_audit "$process"
systemctl mask -q --now systemd-journald-audit.socket
systemctl restart systemd-journald
process=$(/test/records log 2)
check 'not once its audit socket is masked' await lines_are 2 "pid=$process "
check 'none of them is stored twice' no stored_by_audit "$process"

echo '-- upgrade'
echo 'AUDIT_ENRICHER_FIELDS=basic' >> "$configuration"
/test/records log 3000 1000 > /tmp/pid.txt &
load=$!
await test -s /tmp/pid.txt
process=$(cat /tmp/pid.txt)
before=$(property MainPID)
check 'the next version installs' dpkg -i ./new/audit-enricher_*.deb
check 'the service runs again' no same "$before" "$(property MainPID)"
wait "$load"
check 'no record is lost' await lines_are 3000 "pid=$process "
check 'the configuration is kept' grep -q '^AUDIT_ENRICHER_FIELDS=basic' "$configuration"
process=$(/test/records log 1)
basic() { lines_are 1 "pid=$process " && lines_are 0 "pid=$process " 'comm='; }
check 'and applied' await basic

echo '-- stopping for good'
/test/records log 3000 5000 > /dev/null &
systemctl stop audit-enricher.socket
sleep 2
for unit in audit-enricher.{service,socket} audit-enricher-{connector,starters,metrics}.socket audit-enricher-process-events.service; do
  check "$unit stays stopped" state_is inactive "$unit"
done
check 'its slice goes with it' state_is inactive audit_enricher.slice
wait
check 'it starts again' systemctl start audit-enricher
check 'with its sockets' makes_lines 2

echo '-- removal'
python3 "$GUEST/cri.py" stop "$web"
/test/records log 6000 5000 > /dev/null &
check 'the package is removed, while records are made' dpkg -r audit-enricher
check 'no process is left' no pgrep -x audit-enricher
check 'the configuration stays' test -f "$configuration"
check 'the package is purged' dpkg -P audit-enricher
everything > /tmp/after.txt
check 'nothing is left' same '' "$(comm -13 /tmp/before.txt /tmp/after.txt | grep -i 'audit.enricher')"
check 'no unit is left' same '' "$(systemctl list-units --all --plain --no-legend 'audit?enricher*')"
end
