#!/bin/bash
# In the guest: whatever keeps lines away, done to a node whose service runs, and found by doctor with its remedy.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh

echo '-- a node as it should be'
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
must 'the service is started and ready' await state_is active
"$GUEST/start-containerd" /test/records > /dev/null 2>&1
systemctl restart audit-enricher
finds 'nothing stands in the way' ok 'records' 'arrive'
finds 'the service runs' ok 'service' 'active'
finds 'with its sockets' ok 'service units' 'active'
finds 'and no limit of the journal' ok 'journal limit' '100000000 lines'
finds 'its metrics are found where its unit says' ok 'service metrics' '127.0.0.1:9643 answers'
finds 'process events come to it' ok 'service events' ''
finds 'its buffer is large' ok 'service buffer' 'of 262144 KiB'
finds 'the runtime answers it' ok 'service runtime' ' answers'
check 'doctor says that all is well' audit-enricher doctor

echo '-- exclude rules'
auditctl -a always,exclude -F 'msgtype<1400' > /dev/null
finds 'a rule that hides records' failed 'exclude rules' '1326' 'msgtype<1326'
finds 'no record arrives' failed 'records' 'none arrived' 'exclude rules'
check 'doctor fails' no audit-enricher doctor
run_by_hand() {
  audit-enricher run --cri-endpoint none --output /tmp/lines.txt > /tmp/run.txt 2>&1 &
  by_hand=$!
}
end_it() { kill "$by_hand" && wait "$by_hand"; }
run_by_hand
check 'run says so at its start, where it may look' await grep -q 'exclude list drops all SECCOMP records' /tmp/run.txt
auditctl -d always,exclude -F 'msgtype<1400' > /dev/null
auditctl -a always,exclude -F msgtype=SECCOMP -F uid=4711 > /dev/null
kill -HUP "$by_hand"
check 'and at a reload' await grep -q 'exclude list drops some SECCOMP records' /tmp/run.txt
end_it
finds 'a rule that hides those of some processes' warning 'exclude rules' 'some'
auditctl -D > /dev/null
# The remedy that is printed.
auditctl -a always,exclude -F 'msgtype<1326' > /dev/null
auditctl -a always,exclude -F 'msgtype>1326' -F 'msgtype<1400' > /dev/null
finds 'the two rules of the remedy hide none' ok 'exclude rules' '2, none hides'
finds 'and records arrive' ok 'records' 'arrive'
auditctl -D > /dev/null
run_by_hand
check 'without such rules run says nothing' await grep -q 'reading SECCOMP records' /tmp/run.txt
end_it
check 'of them' no grep -q 'exclude' /tmp/run.txt

echo '-- actions_logged'
logged=/proc/sys/kernel/seccomp/actions_logged
before=$(cat "$logged")
echo "${before/ log/}" > "$logged"
finds 'log is not logged' failed 'actions_logged' "'log' is not among them" 'sysctl -w kernel.seccomp.actions_logged='
finds 'no record arrives' failed 'records' 'none arrived' 'actions_logged'
eval "$(remedy 'actions_logged')" > /dev/null
finds 'the remedy helps' ok 'actions_logged' ' log'
echo "${before/kill_process /}" > "$logged"
finds 'kills are not logged' warning 'actions_logged' 'kill_process' 'sysctl'
echo "$before" > "$logged"

echo '-- audit'
auditctl -r 5 > /dev/null
finds 'a rate limit of the kernel' warning 'audit' 'rate_limit=5' 'auditctl -r 0'
auditctl -r 0 > /dev/null
finds 'the remedy helps' ok 'audit' 'enabled='

echo '-- process events'
systemctl stop audit-enricher-process-events
systemctl mask -q --runtime audit-enricher-process-events
systemctl restart audit-enricher
finds 'they are switched off' warning 'service events' 'no process events' 'process-events'
finds 'and their unit is not active' warning 'service units' 'process-events' 'systemctl restart'
check 'doctor does not fail for it' audit-enricher doctor
systemctl unmask -q --runtime audit-enricher-process-events
eval "$(remedy 'service units')"
finds 'the remedy helps' ok 'service events' 'came'

echo '-- the container runtime'
systemctl stop containerd
finds 'it is stopped' failed 'container runtime' 'containerd.sock' 'until it answers'
restarted() { systemctl restart audit-enricher; }
restarted
never_answered() { found 'service runtime' | grep -q '0 answers, .* [a-z]'; }
check 'the service never heard from it' await never_answered
finds 'which is told with its remedy' failed 'service runtime' '0 answers'
systemctl start containerd
chgrp nogroup /run/containerd/containerd.sock
restarted
check 'the service may not ask it' await never_answered
finds 'which is told with its remedy' failed 'service runtime' 'refused' 'SupplementaryGroups='
chgrp root /run/containerd/containerd.sock
restarted
finds 'the runtime answers again' ok 'service runtime' ' answers'

echo '-- the journal'
drop_in() { # LINE...
  mkdir -p /run/systemd/system/audit-enricher.service.d
  printf '%s\n' "$@" > /run/systemd/system/audit-enricher.service.d/test.conf
  systemctl daemon-reload
  systemctl restart audit-enricher
}
drop_in '[Service]' 'LogRateLimitIntervalSec=5s' 'LogRateLimitBurst=10'
finds 'a limit of the unit' warning 'journal limit' '10 lines' 'LogRateLimitBurst='
# journald says so once the five seconds are over. Its limit grows with the room on the disk.
left_out() { /test/records log 200 > /dev/null && found 'journald' | grep -q 'Suppressed'; }
check 'for which journald leaves out lines' await left_out
finds 'and says so' warning 'journald' 'audit-enricher' 'LogRateLimitBurst='
rm -r /run/systemd/system/audit-enricher.service.d

echo '-- the service'
drop_in '[Service]' 'ExecStart=' 'ExecStart=/bin/false' 'RestartSec=10s' 2> /dev/null
check 'doctor: it fails, again and again' await says failed service 'exit-code' 'journalctl -u audit-enricher'
drop_in '[Service]' 'ExecStart=' 'ExecStart=/bin/bash -c "exec audit-enricher run > >(exec sleep infinity)"'
blocked() { /test/records log 300 > /dev/null; found 'service output' | grep -q 'blocked'; }
check 'a shipper at a pipe that does not read' await blocked
finds 'is told with its remedy' failed 'service output' 'blocked' 'pipe'
rm -r /run/systemd/system/audit-enricher.service.d
systemctl daemon-reload
systemctl restart audit-enricher
finds 'it runs again' ok 'service' 'active'
systemctl stop audit-enricher.socket
finds 'it is stopped' failed 'service' 'not running' 'systemctl start audit-enricher'
check 'and stays so' state_is inactive
end
