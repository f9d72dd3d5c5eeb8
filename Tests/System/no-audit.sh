#!/bin/bash
# In the guest, booted with audit=0: nothing is started, and doctor says why.
# boot: audit=0
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
check 'the service is not started' state_is inactive
check 'and has not failed' same '' "$(systemctl list-units --failed --plain --no-legend 'audit-enricher*')"
finds 'the kernel has no audit' failed 'audit' 'cannot open an audit socket' 'audit=0'
finds 'the service was not started for it' failed 'service' 'no audit' 'audit=0'
audit-enricher run --cri-endpoint none > /tmp/run.txt 2>&1
check 'run says so, too' grep -q 'audit=0' /tmp/run.txt
end
