#!/bin/bash
# In the guest: the .rpm from installation to removal, as an EKS node gets it. Debian's rpm database has no other packages, so
# dependencies are not checked.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
everything > /tmp/before.txt
configuration=/etc/audit-enricher/audit-enricher.conf

echo '-- installation as user data or a fleet command does it'
# Stands in for what is missing here: Amazon Linux, and its dnf, which would check dependencies.
sed -i 's/^ID=.*/ID="amzn"/; s/^VERSION_ID=.*/VERSION_ID="2023"/' /etc/os-release
cat > /usr/local/bin/dnf <<'DNF'
#!/bin/sh
# -q -y COMMAND FILE
case $3 in reinstall) replace=--replacepkgs ;; downgrade) replace=--oldpackage ;; esac
exec rpm -U --nodeps $replace "$4"
DNF
chmod +x /usr/local/bin/dnf
export PACKAGE CONFIGURATION
PACKAGE=$(echo "$PWD"/old/audit-enricher-*.rpm)
refuses() { # MESSAGE: whether the script refuses a wrong configuration with it
  CONFIGURATION='AUDIT_ENRICHER_FORMAT=nonsense' no ./install-audit-enricher.sh &> /tmp/refused.txt &&
    cat /tmp/refused.txt && grep -q nonsense /tmp/refused.txt && grep -q "CONFIGURATION is wrong: $1" /tmp/refused.txt
}
check 'the script refuses an invalid configuration before it changes anything' refuses 'nothing was changed'
check 'nothing is installed then' no rpm -q audit-enricher
must 'the script installs the package' ./install-audit-enricher.sh
must 'the service is active' state_is active
check 'its units are enabled' same 'enabled enabled enabled enabled enabled' \
  "$(systemctl is-enabled audit-enricher.{service,socket} audit-enricher-{connector,starters,metrics}.socket | xargs)"
check 'it has no rights' has_no_rights
before=$(property MainPID)
check 'the script may run again' ./install-audit-enricher.sh
check 'and changes nothing then' same "$before" "$(property MainPID)"
PACKAGE=$(echo "$PWD"/again/audit-enricher-*.rpm)
check 'it installs another build of the same version' ./install-audit-enricher.sh
check 'which is installed then' same 1 "$(rpm -q --qf '%{BUILDTIME}' audit-enricher)"
check 'and runs' no same "$before" "$(property MainPID)"
check 'its units are enabled still' same 'enabled enabled enabled enabled enabled' \
  "$(systemctl is-enabled audit-enricher.{service,socket} audit-enricher-{connector,starters,metrics}.socket | xargs)"
mount -t tmpfs -o noexec tmpfs /tmp
check 'if nothing in /tmp may be run, it refuses it after the installation' refuses 'the package is installed'
umount /tmp
check 'the old configuration is kept' no grep -q nonsense "$configuration"
file=/var/log/audit-enricher/records.log
CONFIGURATION="AUDIT_ENRICHER_OUTPUT=$file"
check 'a valid configuration is accepted' ./install-audit-enricher.sh
in_file() { grep -q "pid=$1 " "$file"; }
check 'lines may go to a file' await in_file "$(/test/records log 1)"
mv "$file" /tmp/rotated.log
systemctl kill -s HUP audit-enricher
check 'which is reopened for logrotate' await test -e "$file"
check 'and written to' await in_file "$(/test/records log 1)"
CONFIGURATION='AUDIT_ENRICHER_NODE=worker-7'
check 'another one is accepted' ./install-audit-enricher.sh
takes_back() { # CONFIGURATION: valid, but the service cannot run with it
  CONFIGURATION=$1 no ./install-audit-enricher.sh &> /tmp/taken.txt
  cat /tmp/taken.txt
  grep -q 'it runs again with the old configuration' /tmp/taken.txt && grep -q 'cannot open /etc/records.log' /tmp/taken.txt
}
check 'a configuration with which the service does not start is replaced by the old one' takes_back 'AUDIT_ENRICHER_OUTPUT=/etc/records.log'
check 'the old configuration is restored' same 'AUDIT_ENRICHER_NODE=worker-7' "$(cat "$configuration")"
check 'and the service runs' state_is active
CONFIGURATION=

echo '-- the profile of a pod'
"$GUEST/start-containerd" /test/records > /dev/null 2>&1
install -Dm644 /usr/share/audit-enricher/audit.json /var/lib/kubelet/seccomp/operator/prod/audit.json
python3 "$GUEST/cri.py" run --image test.local/records:1 --name web --ns prod --container app \
  --seccomp /var/lib/kubelet/seccomp/operator/prod/audit.json -- \
  /bin/busybox sh -c 'while :; do mkdir /made; rmdir /made; sleep 2; done' > /dev/null
check 'its syscalls are seen' await lines_say 'node="worker-7" namespace="prod" pod="web" container="app"' 'syscallName="mkdir"'

echo '-- upgrade'
/test/records log 2000 1000 > /tmp/pid.txt &
load=$!
await test -s /tmp/pid.txt
process=$(cat /tmp/pid.txt)
before=$(property MainPID)
PACKAGE=$(echo "$PWD"/new/audit-enricher-*.rpm)
check 'the script upgrades' ./install-audit-enricher.sh
check 'the service runs again' no same "$before" "$(property MainPID)"
wait "$load"
check 'no record is lost' await lines_are 2000 "pid=$process "
check 'the configuration is kept' same 'AUDIT_ENRICHER_NODE=worker-7' "$(cat "$configuration")"
check 'it is applied' await lines_are 1 "pid=$(/test/records log 1) " 'node="worker-7"'

echo '-- removal'
check 'the package is removed' rpm -e audit-enricher
check 'no process is left' no pgrep -x audit-enricher
check 'no unit is left' same '' "$(systemctl list-units --all --plain --no-legend 'audit?enricher*')"
# rpm keeps a configuration file that was changed.
check 'a changed configuration is kept under another name' test -f "$configuration.rpmsave"
rm -r /etc/audit-enricher
left() {
  everything > /tmp/after.txt
  comm -13 /tmp/before.txt /tmp/after.txt | grep -i 'audit.enricher'
}
check 'log files are kept, too, and nothing else is left' \
  same "$(printf '%s\n' /var/log/audit-enricher /var/log/private/audit-enricher{,/"${file##*/}"})" "$(left)"
rm "$file"
rpm -U --nodeps "$PACKAGE" > /dev/null 2>&1
rpm -e audit-enricher > /dev/null 2>&1
check 'without them no file is left' same '' "$(left)"
end
