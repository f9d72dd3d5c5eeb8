#!/bin/bash
# In the guest, booted with audit=0: nothing is started, and doctor explains why.
# boot: audit=0
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
for unit in audit-enricher.{service,socket} audit-enricher-{connector,starters,metrics}.socket audit-enricher-process-events.service; do
  check "$unit is not started" state_is inactive "$unit"
done
check 'and none has failed' same '' "$(systemctl list-units --failed --plain --no-legend 'audit-enricher*')"
finds 'the kernel has no audit' failed 'audit' '^cannot open an audit socket' 'audit=0'
finds 'the service was not started for it' failed 'service' '^not started, .* no audit' 'audit=0'
timeout 60 audit-enricher run --cri-endpoint none > /tmp/run.txt 2>&1
check 'run fails' same 1 $?
check 'and reports it, too' grep -q 'audit=0' /tmp/run.txt
end
