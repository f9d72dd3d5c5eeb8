#!/bin/bash
# In the guest: what AppArmor denies, allows and reports becomes lines in which every field is right, on the host and in pods.
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
must 'AppArmor is on' grep -q Y /sys/module/apparmor/parameters/enabled
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
echo 'AUDIT_ENRICHER_FORMAT=json' >> /etc/audit-enricher/audit-enricher.conf
"$GUEST/start-containerd" /test/accesses > /dev/null 2>&1
systemctl restart audit-enricher
must 'the service is active' state_is active
# The records as the kernel sends them, as fixtures for unit tests.
python3 ./read-audit.py > "$OUT/records.txt" 2> /dev/null &
cat > /tmp/profiles <<'PROFILES'
abi <abi/3.0>,
profile strict { /test/accesses mrix, deny /etc/hosts r, }
profile "soft one" flags=(complain) { /test/accesses mrix, }
profile loud flags=(audit) { file, capability, network, mount, signal, ptrace, audit deny /etc/shadow r, }
profile deaf { /test/accesses mrix, signal (receive) set=(kill term), }
profile pod { /records mrix, signal (receive), }
PROFILES
apparmor_parser -r /tmp/profiles
kernel=$(uname -r)

# Prints all lines of a process, without the times.
lines_of() { # PID
  journalctl -u audit-enricher -o cat --no-pager |
    jq -Rc --argjson pid "$1" 'fromjson? | select(.type == "apparmor" and .pid == $pid) | del(.time, .timestamp)'
}

# has PID COMMON: whether the lines of a process are those on standard input, one object a line, each with the fields of COMMON. How the
# process was found may differ, and newer kernels give each record a class.
has() {
  local wanted found
  wanted=$(jq -Sc --argjson pid "$1" --argjson common "$2" '{logger: "log-enricher", type: "apparmor", node: "node",
    namespace: "", pod: "", container: "", executable: "accesses", pid: $pid, name: "", comm: "accesses"} + $common + .')
  local deadline=$((SECONDS + 20))
  until found=$(lines_of "$1" | jq -Sc 'del(.class) | if .reason then . else del(.attribution) end') && [[ $found == "$wanted" ]]; do
    if ((SECONDS > deadline)); then break; fi
    sleep 0.2
  done
  if [[ $found == "$wanted" ]]; then return; fi
  diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$found")
}

# accesses PROFILE ACCESS...: makes accesses under a profile, and sets process and errors.
accesses() {
  local profile=$1
  shift
  read -r process errors < <(timeout 60 aa-exec -p "$profile" -- /test/accesses "$@")
}

host='{"unit": "test.service"}'
file='"fsuid": 0, "ouid": 0'
echo '-- what a profile denies'
sleep infinity &
peer=$!
all_denied() {
  accesses strict read=/etc/shadow 'write=/tmp/a "b"' link=/tmp/link run=/bin/true mount=/mnt chroot socket "trace=$peer" "signal=$peer" \
    read=/etc/hosts 'name=two words' read=/etc/shadow
  same '13 13 13 13 13 1 13 13 13 13 0 13' "$errors"
}
check 'the kernel denies each access' all_denied
child=$((process + 1))
denied() {
  has "$process" "$host" <<LINES
{"apparmor": "DENIED", "operation": "open", "profile": "strict", "name": "/etc/shadow", "requested_mask": "r", "denied_mask": "r", $file}
{"apparmor": "DENIED", "operation": "mknod", "profile": "strict", "name": "/tmp/a \"b\"", "requested_mask": "c", "denied_mask": "c", $file}
{"apparmor": "DENIED", "operation": "link", "profile": "strict", "name": "/tmp/link", "requested_mask": "l", "denied_mask": "l", "target": "/etc/passwd", $file}
{"apparmor": "DENIED", "operation": "mount", "profile": "strict", "name": "/mnt/", "info": "failed mntpnt match", "error": -13, "srcname": "none", "fstype": "tmpfs", "flags": "rw, nosuid, nodev"}
{"apparmor": "DENIED", "operation": "capable", "profile": "strict", "capability": 18, "capname": "sys_chroot"}
{"apparmor": "DENIED", "operation": "create", "profile": "strict", "requested_mask": "create", "denied_mask": "create", "family": "inet", "sock_type": "raw", "protocol": 1}
{"apparmor": "DENIED", "operation": "ptrace", "profile": "strict", "requested_mask": "trace", "denied_mask": "trace", "peer": "unconfined"}
{"apparmor": "DENIED", "operation": "signal", "profile": "strict", "requested_mask": "send", "denied_mask": "send", "signal": "usr1", "peer": "unconfined"}
{"apparmor": "DENIED", "operation": "open", "profile": "strict", "name": "/etc/shadow", "requested_mask": "r", "denied_mask": "r", "executable": "two words", "comm": "two words", $file}
LINES
}
check 'each denial is a line, in which every field is right, but for that of a deny rule' denied
ran() {
  has "$child" "$host" <<LINES
{"apparmor": "DENIED", "operation": "exec", "profile": "strict", "name": "/usr/bin/true", "requested_mask": "x", "denied_mask": "x", $file}
LINES
}
check 'and so is that of a child' ran

echo '-- while audit is enabled'
auditctl -e 1 > /dev/null
accesses strict read=/etc/shadow
auditctl -e 0 > /dev/null
with_syscall() {
  has "$process" "$host" <<LINES
{"apparmor": "DENIED", "operation": "open", "profile": "strict", "name": "/etc/shadow", "requested_mask": "r", "denied_mask": "r", $file}
LINES
}
check 'the line is the same' with_syscall

echo '-- what it allows'
accesses 'soft one' read=/etc/shadow
allowed() {
  same 0 "$errors" && has "$process" "$host" <<LINES
{"apparmor": "ALLOWED", "operation": "open", "profile": "soft one", "name": "/etc/shadow", "requested_mask": "r", "denied_mask": "r", $file}
LINES
}
check 'in complain mode' allowed
accesses loud read=/etc/hostname read=/etc/shadow
audited() {
  lines_of "$process" | jq -es 'map([.apparmor, .name, has("denied_mask")]) |
    contains([["AUDIT", "/etc/hostname", false], ["DENIED", "/etc/shadow", true]])' > /dev/null
}
check 'in audit mode, the kernel denies what a rule denies' same '0 13' "$errors"
check 'and what it allows and denies is reported' await audited

echo '-- the other side'
aa-exec -p deaf -- /test/accesses pause > /dev/null &
deaf=$!
await grep -q '^deaf ' "/proc/$deaf/attr/current"
process=$(/test/accesses "signal=$deaf" | cut -d' ' -f1)
received() {
  has "$process" '{"attribution": "uncertain", "reason": "other-process"}' <<LINES
{"apparmor": "DENIED", "operation": "signal", "profile": "deaf", "requested_mask": "receive", "denied_mask": "receive", "signal": "usr1", "peer": "unconfined"}
LINES
}
check 'a denial of the receiver is not attributed to the sender' received
kill "$deaf" "$peer"

echo '-- a policy that is loaded'
loaded() { lines '"apparmor":"STATUS"' '"operation":"profile_load"' '"name":"soft one"' '"executable":"apparmor_parser"' | grep -q .; }
check 'is a line' loaded

echo '-- pods'
run_pod() { # NAME ACCESS...: prints the container's ID, and the process ID on the host
  local id
  id=$(python3 "$GUEST/cri.py" run --image test.local/records:1 --name "$1" --ns prod --container app --seccomp unconfined \
    --apparmor localhost/pod -- /records "${@:2}" pause | cut -d' ' -f2)
  echo "$id $(ctr -n k8s.io task ls | awk -v id="$id" '$1 == id {print $2}')"
}
read -r id process < <(run_pod web read=/etc/hosts mount=/proc)
pod_of() {
  local uid
  uid=$(lines_of "$process" | jq -r .podUID | sort -u)
  has "$process" "{\"namespace\": \"prod\", \"pod\": \"web\", \"container\": \"app\", \"containerID\": \"$id\", \"podUID\": \"$uid\",
      \"executable\": \"records\", \"comm\": \"records\", \"profile\": \"pod\"}" <<LINES
{"apparmor": "DENIED", "operation": "open", "name": "/etc/hosts", "requested_mask": "r", "denied_mask": "r", $file}
{"apparmor": "DENIED", "operation": "mount", "name": "/proc/", "info": "failed mntpnt match", "error": -13, "srcname": "none", "fstype": "tmpfs", "flags": "rw, nosuid, nodev"}
LINES
}
check 'its denials have its names' pod_of

echo '-- --records'
echo 'AUDIT_ENRICHER_RECORDS=seccomp' >> /etc/audit-enricher/audit-enricher.conf
systemctl reload audit-enricher
accesses strict read=/etc/shadow
silent=$process
sed -i 's/^AUDIT_ENRICHER_RECORDS=.*/AUDIT_ENRICHER_RECORDS=apparmor/' /etc/audit-enricher/audit-enricher.conf
systemctl reload audit-enricher
accesses strict read=/etc/shadow
check 'a kind that is wanted after a reload has lines' await test -n "$(lines_of "$process")"
check 'one that was not wanted has none' same '' "$(lines_of "$silent")"
metric() { python3 -c 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:9643/metrics").read().decode())' | grep -F "$1"; }
check 'denials are counted' metric 'apparmor_records_total{node="node",namespace="prod",pod="web",container="app",profile="pod",operation="open",apparmor="DENIED"} 1'
journalctl -u audit-enricher -o cat --no-pager > "$OUT/lines.txt"
echo "$kernel" > "$OUT/kernel.txt"
end
