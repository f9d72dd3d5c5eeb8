#!/bin/bash
# In the guest: each fault that can keep lines away is caused on a node with a running service, and doctor finds it with its remedy.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh

echo '-- a node as it should be'
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
must 'the service is started and ready' await state_is active
"$GUEST/start-containerd" /test/records > /dev/null 2>&1
restarted() { systemctl restart audit-enricher; }
restarted
check 'doctor: the runtime answers the service' await says ok 'service runtime' '^[1-9][0-9]* answers$'
found 'no fault is found' ok 'records' 'records that arrive$'
found 'the service runs' ok 'service' '^active'
found 'with its sockets' ok 'service units' 'are active$'
found 'and no limit of the journal' ok 'journal limit' '^100000000 lines'
found 'its metrics are found where their socket listens' ok 'service metrics' '^127.0.0.1:9643 answers'
found 'it receives process events' ok 'service events' '^[1-9][0-9]* process events received$'
found 'its buffer is large' ok 'service buffer' 'of 262144 KiB'
found 'the journal keeps its lines' ok 'journal' '^keeps'
check 'doctor finds no fault' stands_out 0

echo '-- exclude rules'
auditctl -a always,exclude -F 'msgtype<1400' > /dev/null
finds 'a rule that excludes records' failed 'exclude rules' '1326' 'msgtype<1326'
found 'no record arrives' failed 'records' 'none arrived' 'exclude rules'
check 'doctor fails for it, and finds nothing else' stands_out 1 'exclude rules' 'records'
run_by_hand() { # UNIT: runs the program with all rights
  unit=$1
  systemd-run --quiet --unit="$unit" --property=Type=exec audit-enricher run --cri-endpoint none --output /tmp/lines.txt
}
own_log_has() { journalctl -u "$unit" -o cat --no-pager | grep -F -- "$1"; }
run_by_hand with-rules
check 'run reports that at its start, if it may read the rules' await own_log_has 'exclude list drops all SECCOMP records'
check 'journalctl -x explains it' explained 8543a9258e57481cb4e6b9c911fae6e2 'exclude list drops all SECCOMP records' \
  "A rule of the kernel's exclude list drops records" "$unit"
auditctl -d always,exclude -F 'msgtype<1400' > /dev/null
auditctl -a always,exclude -F msgtype=SECCOMP -F uid=4711 > /dev/null
systemctl kill -s HUP "$unit"
check 'and at a reload' await own_log_has 'exclude list drops some SECCOMP records'
systemctl stop "$unit"
finds 'a rule that excludes records of some processes' warning 'exclude rules' 'some' 'msgtype<1326'
check 'doctor does not fail for it' stands_out 0 'exclude rules'
auditctl -D > /dev/null
# The remedy as doctor prints it.
auditctl -a always,exclude -F 'msgtype<1326' > /dev/null
auditctl -a always,exclude -F 'msgtype>1326' -F 'msgtype<1400' > /dev/null
finds 'the two rules of the remedy exclude no SECCOMP records' ok 'exclude rules' '^2, none excludes'
found 'and records arrive' ok 'records' 'records that arrive$'
auditctl -D > /dev/null
run_by_hand without-rules
check 'without such rules run reports nothing' await own_log_has 'reading audit records'
systemctl stop "$unit"
check 'of them' no own_log_has 'exclude'

echo '-- actions_logged'
logged=/proc/sys/kernel/seccomp/actions_logged
before=$(cat "$logged")
echo "${before/ log/}" > "$logged"
finds 'the action log is not logged' failed 'actions_logged' "'log' is missing" 'sysctl -w kernel.seccomp.actions_logged='
found 'no record arrives' failed 'records' 'none arrived' 'actions_logged'
eval "$(remedy 'actions_logged')" > /dev/null
finds 'the remedy helps' ok 'actions_logged' ' log'
echo "${before/kill_process /}" > "$logged"
finds 'kills are not logged' warning 'actions_logged' ': kill_process$' 'sysctl'
eval "$(remedy 'actions_logged')" > /dev/null
check 'the remedy puts all back' same "$before" "$(cat "$logged")"

echo '-- audit'
auditctl -r 5 > /dev/null
finds 'a rate limit of the kernel' warning 'audit' 'rate_limit=5:' '^auditctl -r 0$'
eval "$(remedy audit)" > /dev/null
finds 'the remedy helps' ok 'audit' 'enabled='

echo '-- process events'
systemctl stop audit-enricher-process-events
systemctl mask -q --runtime audit-enricher-process-events
restarted
finds 'they are switched off' warning 'service events' 'no process events' 'process-events'
found 'and their unit is not active' warning 'service units' 'active: audit-enricher-process-events.service:' 'systemctl restart'
# The process that doctor runs under a filter is short-lived, too, and may have ended before /proc is read.
check 'doctor does not fail for it' stands_out 0 'service units' 'service events' '?service names'
check 'journalctl -x explains it' explained 3c06f42ea2b549f28811a2f0463e00c3 'short-lived processes may be unresolved' \
  "The kernel's process events are not available"
systemctl unmask -q --runtime audit-enricher-process-events
eval "$(remedy 'service units')"
finds 'the remedy helps' ok 'service events' '^[1-9][0-9]* process events received$'
systemctl mask -q --runtime --now audit-enricher-starters.socket
restarted
finds 'each event wakes the service without its second socket' ok 'service events' 'each of which wakes it: .*audit-enricher-starters.socket'
found 'and that is not active' warning 'service units' 'active: audit-enricher-starters.socket: each process event wakes the service' 'systemctl restart'
systemctl unmask -q --runtime audit-enricher-starters.socket
eval "$(remedy 'service units')"
finds 'the remedy helps' ok 'service events' '^[1-9][0-9]* process events received$'

echo '-- the container runtime'
systemctl stop containerd
finds 'it is stopped' failed 'container runtime' 'containerd.sock' 'until it answers'
restarted
check 'that it never answered the service is found, with a remedy' \
  await says failed 'service runtime' '^0 answers(, [1-9][0-9]* [a-z-]+)+$' 'the container runtime above'
check 'doctor fails for it' stands_out 1 'container runtime' 'service runtime'
check 'journalctl -x explains it' explained c5fed659a27340c38b68abcd96baadc3 'no container runtime at' \
  'The container runtime does not answer'
systemctl start containerd
check 'doctor: the service calls it again, without a record of a container' await says ok 'service runtime' '^[1-9][0-9]* answers, '
check 'nothing is reported then' stands_out 0
chgrp nogroup /run/containerd/containerd.sock
restarted
check 'that the service may not connect to it is found, with a remedy' \
  await says failed 'service runtime' '^0 answers, [1-9][0-9]* refused$' 'SupplementaryGroups='
chgrp root /run/containerd/containerd.sock
restarted
check 'doctor: the runtime answers again' await says ok 'service runtime' '^[1-9][0-9]* answers$'

echo '-- a small receive buffer'
small=/run/systemd/system/audit-enricher.socket.d
patient=/run/systemd/system/audit-enricher.service.d
buffer() { # [SIZE]: restarts with a receive buffer of this size, or of the package's
  systemctl stop audit-enricher.socket
  rm -rf "$small" "$patient"
  if (($#)); then
    mkdir -p "$small" "$patient"
    printf '[Socket]\nReceiveBuffer=%s\n' "$1" > "$small/test.conf"
    # The service is stopped below, and on a slow machine for longer than the watchdog allows.
    printf '[Service]\nWatchdogSec=0\n' > "$patient/watchdog.conf"
  fi
  systemctl daemon-reload
  systemctl start audit-enricher
}
buffer 64K
finds 'it is small' warning 'service buffer' 'of 64 KiB' 'ReceiveBuffer=256M in audit-enricher.socket'
# The buffer holds some hundred records while the service does not read.
process=$(property MainPID)
kill -STOP "$process"
maker=$(/test/records log 3000)
kill -CONT "$process"
losses() {
  journalctl -u audit-enricher MESSAGE_ID=5109f6213e614ceba31ae9e28f37976d -o cat --no-pager |
    sed -n 's/^audit records lost count=\([0-9]*\) where=socket$/\1/p'
}
add_up() { same 3000 "$(($(count_lines "pid=$maker ")$(losses | sed 's/^/+/')))"; }
check 'each record has its line, or is reported as lost' await add_up
check 'some were lost' test -n "$(losses)"
check 'journalctl -x explains it' explained 5109f6213e614ceba31ae9e28f37976d 'audit records lost count=' \
  'Audit records, process events or names were lost'
finds 'losses' warning 'service losses' '^socket [1-9]' 'larger ReceiveBuffer= in audit-enricher.socket'
found 'drops of the socket' warning 'socket drops' '^[1-9][0-9]* records and 0' 'ReceiveBuffer='
check 'doctor does not fail for it' stands_out 0 'socket drops' 'service losses' 'service buffer'
buffer
finds 'a large one helps' ok 'service buffer' 'of 262144 KiB'

echo '-- the journal'
drop_in() { # LINE...
  mkdir -p /run/systemd/system/audit-enricher.service.d
  printf '%s\n' "$@" > /run/systemd/system/audit-enricher.service.d/test.conf
  systemctl daemon-reload
  systemctl restart audit-enricher
}
found 'nothing was dropped so far' ok 'journald' 'no lines'
drop_in '[Service]' 'LogRateLimitIntervalSec=5s' 'LogRateLimitBurst=10'
finds 'a limit of the unit' warning 'journal limit' 'beyond 10 lines in 5' 'LogRateLimitBurst='
# journald reports this once the five seconds are over. Its limit grows with the free space on the disk.
left_out() { /test/records log 200 > /dev/null && says warning 'journald' '^Suppressed.* audit-enricher' 'LogRateLimitBurst='; }
check 'journald drops lines for it, and reports that' await left_out
drop_in '[Service]' 'StandardOutput=null'
finds 'lines that are discarded' failed 'unit output' 'StandardOutput=null' 'StandardOutput=journal'
rm -r /run/systemd/system/audit-enricher.service.d
systemctl daemon-reload
restarted
journal_keeps() { # SETTING
  mkdir -p /run/systemd/journald.conf.d
  printf '[Journal]\n%s\n' "$1" > /run/systemd/journald.conf.d/test.conf
  systemctl restart systemd-journald
}
for setting in MaxLevelStore=warning Storage=none; do
  journal_keeps "$setting"
  finds "a journal with $setting" warning 'journal' '^keeps no message' 'MaxLevelStore= and Storage='
done
journal_keeps ''
finds 'a journal that keeps all messages again' ok 'journal' '^keeps messages'

echo '-- metrics at another address'
mkdir -p /run/systemd/system/audit-enricher-metrics.socket.d
for address in 127.0.0.1:9700 /run/audit-enricher-metrics; do
  printf '%s\n' '[Socket]' ListenStream= "ListenStream=$address" > /run/systemd/system/audit-enricher-metrics.socket.d/test.conf
  systemctl daemon-reload
  systemctl restart audit-enricher-metrics.socket audit-enricher.service
  finds "metrics at $address" ok 'service metrics' "^(unix:)?$address answers"
done
rm -r /run/systemd/system/audit-enricher-metrics.socket.d
systemctl daemon-reload
finds 'the address of a socket that has not been restarted yet' warning 'service metrics' '^127.0.0.1:9643 does not answer' 'audit-enricher-metrics.socket'
eval "$(remedy 'service metrics' | cut -d, -f1)"
finds 'the remedy helps' ok 'service metrics' '^127.0.0.1:9643 answers'

echo '-- the service'
drop_in '[Service]' 'ExecStart=' 'ExecStart=/bin/false' 'RestartSec=10s' 2> /dev/null
check 'doctor: it fails, again and again' await says failed service 'exit-code' 'journalctl -u audit-enricher'
drop_in '[Service]' 'ExecStart=' 'ExecStart=/bin/bash -c "exec audit-enricher run > >(exec sleep infinity)"'
blocked() { /test/records log 300 > /dev/null; says failed 'service output' '^blocked: .* for [1-9][0-9]* s$' 'pipe'; }
check 'a shipper that does not read its pipe is found, with a remedy' await blocked
rm -r /run/systemd/system/audit-enricher.service.d
systemctl daemon-reload
restarted
finds 'it runs again' ok 'service' '^active'
systemctl stop audit-enricher.socket
finds 'it is stopped' failed 'service' '^not running$' '^systemctl start audit-enricher$'
check 'and stays so' state_is inactive
eval "$(remedy service)"
finds 'the remedy helps' ok 'service' '^active'
systemctl disable -q audit-enricher.service
finds 'it is not enabled' warning 'service' 'the next boot will not start it$' '^systemctl enable audit-enricher$'
systemctl stop audit-enricher.socket
systemctl mask -q audit-enricher.service
finds 'it is masked' failed 'service' '^masked' '^systemctl unmask audit-enricher;'
eval "$(remedy service)" 2> /dev/null
finds 'the remedy helps' ok 'service' '^active'
end
