#!/bin/bash
# In the guest: what SELinux denies and grants becomes lines in which every field is right, on the host and in pods.
# boot: security=selinux selinux=1 enforcing=0
# shellcheck source=checks.sh disable=SC1091,SC2317 # functions are called by check and await
. ./checks.sh
must 'the package installs' dpkg -i ./old/audit-enricher_*.deb
echo 'AUDIT_ENRICHER_FORMAT=json' >> /etc/audit-enricher/audit-enricher.conf
mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux
must 'the policy is loaded' dd if=./policy of=/sys/fs/selinux/load bs=4M status=none
# What containerd needs to label pods.
mkdir -p /etc/selinux/test/contexts
printf 'SELINUX=enforcing\nSELINUXTYPE=test\n' > /etc/selinux/config
printf '%s\n' 'process = "system_u:system_r:container_t:s0"' 'file = "system_u:object_r:file_t:s0"' > /etc/selinux/test/contexts/lxc_contexts
sed -i 's/^\[plugins."io.containerd.grpc.v1.cri"\]/&\n  enable_selinux = true/' "$GUEST/containerd.toml"
timeout 200 "$GUEST/start-containerd" /test/accesses > /dev/null 2>&1
systemctl restart audit-enricher
must 'the service is active' state_is active
# The records as the kernel sends them, as fixtures for unit tests.
python3 ./read-audit.py > "$OUT/records.txt" 2> /dev/null &
echo 1 > /sys/fs/selinux/enforce
must 'SELinux enforces' grep -q 1 /sys/fs/selinux/enforce

# Prints the lines of a process, without the times. A received packet may be any process's.
lines_of() { # PID
  journalctl -u audit-enricher -o cat --no-pager |
    jq -Rc --argjson pid "$1" 'fromjson? | select(.type == "selinux" and .pid == $pid and .perm != "recv") | del(.time, .timestamp)'
}

# has PID COMMON: whether the lines of a process are those on standard input, one object a line, each with the fields of COMMON. How the
# process was found may differ, and the kernel may check an access twice.
has() {
  local wanted found deadline=$((SECONDS + 20))
  wanted=$(jq -Sc --argjson pid "$1" --argjson common "$2" '{logger: "log-enricher", type: "selinux", node: "node", profile: "",
    namespace: "", pod: "", container: "", executable: "accesses", pid: $pid, comm: "accesses"} + $common + .')
  until found=$(lines_of "$1" | jq -Sc 'if .reason then . else del(.attribution) end' | uniq) && [[ $found == "$wanted" ]]; do
    if ((SECONDS > deadline)); then break; fi
    sleep 0.2
  done
  if [[ $found == "$wanted" ]]; then return; fi
  diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$found")
}

# accesses CONTEXT ACCESS...: makes accesses in a context, and sets process and errors.
accesses() {
  local context=$1
  shift
  read -r process errors < <(timeout 60 python3 -c 'import os, sys
open("/proc/self/attr/exec", "w").write(sys.argv[1])
os.execv(sys.argv[2], sys.argv[2:])' "$context" /test/accesses "$@" 2> /dev/null)
}

inode() { stat -c %i "$1"; }
hard=system_u:system_r:hard_t:s0:c1,c2
file=system_u:object_r:file_t:s0
base=system_u:system_r:base_t:s0
host='{"unit": "test.service"}'
echo '-- what the policy denies'
sleep infinity &
peer=$!
all_denied() {
  accesses "$hard" 'write=/etc/passwd' link=/tmp/link run=/bin/true chroot socket "trace=$peer" "signal=$peer" userns 'name=pid=1 x' chroot
  same '13 13 13 1 13 13 13 13 0 1' "$errors"
}
check 'the kernel denies each access' all_denied
child=$((process + 1))
denied() {
  local self="\"scontext\": \"$hard\", \"tcontext\": \"$hard\", \"decision\": \"denied\", \"permissive\": 0"
  local other="\"scontext\": \"$hard\", \"decision\": \"denied\", \"permissive\": 0"
  has "$process" "$host" <<LINES
{"perm": "write", "tclass": "file", "tcontext": "$file", $other, "name": "passwd", "dev": "vda", "ino": $(inode /etc/passwd)}
{"perm": "write", "tclass": "dir", "tcontext": "$file", $other, "name": "tmp", "dev": "vda", "ino": $(inode /tmp)}
{"perm": "fork", "tclass": "process", "scontext": "$hard", "tcontext": "$hard", "decision": "granted"}
{"perm": "sys_chroot", "tclass": "capability", $self, "capability": 18}
{"perm": "create", "tclass": "rawip_socket", $self}
{"perm": "ptrace", "tclass": "process", "tcontext": "$base", $other}
{"perm": "signal", "tclass": "process", "tcontext": "$base", $other}
{"perm": "create", "tclass": "user_namespace", $self}
{"perm": "sys_chroot", "tclass": "capability", $self, "capability": 18, "executable": "pid=1 x", "comm": "pid=1 x"}
LINES
}
check 'each denial is a line, in which every field is right' denied
ran() {
  has "$child" "$host" <<LINES
{"perm": "execute_no_trans", "tclass": "file", "scontext": "$hard", "tcontext": "$file", "decision": "denied", "permissive": 0, "path": "/usr/bin/true", "dev": "vda", "ino": $(inode /usr/bin/true)}
LINES
}
check 'and so is that of a child' ran

echo '-- while audit is enabled'
auditctl -e 1 > /dev/null
accesses "$hard" chroot
auditctl -e 0 > /dev/null
with_syscall() {
  has "$process" "$host" <<LINES
{"perm": "sys_chroot", "tclass": "capability", "scontext": "$hard", "tcontext": "$hard", "decision": "denied", "permissive": 0, "capability": 18}
LINES
}
check 'the line is the same' with_syscall

echo '-- a permissive domain, and packets'
soft=system_u:system_r:soft_t:s0
accesses "$soft" chroot chroot connect=5300
permissive() {
  local domain="\"scontext\": \"$soft\", \"decision\": \"denied\", \"permissive\": 1"
  has "$process" '{}' <<LINES
{"perm": "sys_chroot", "tclass": "capability", "tcontext": "$soft", $domain, "capability": 18, "unit": "test.service"}
{"perm": "send", "tclass": "packet", "tcontext": "system_u:object_r:unlabeled_t:s0", $domain, $packet, "attribution": "uncertain", "reason": "packet"}
LINES
}
packet='"saddr": "127.0.0.1", "src": 5300, "daddr": "127.0.0.1", "dest": 5300, "netif": "lo"'
# The process that ran when the packet arrived may be any.
received() { lines '"type":"selinux"' '"perm":"recv"' '"tclass":"packet"' '"pod":""' '"attribution":"uncertain","reason":"packet"' | grep -q .; }
check 'nothing is refused' same '0 0 0' "$errors"
check 'a denial is reported once, and a sent packet is attributed to no process' permissive
check 'and neither is a received one' await received

echo '-- pods'
read -r id process < <(
  id=$(timeout 120 python3 "$GUEST/cri.py" run --image test.local/records:1 --name web --ns prod --container app --seccomp unconfined \
    -- /records 'write=/bin/busybox' pause | cut -d' ' -f2)
  echo "$id $(ctr -n k8s.io task ls | awk -v id="$id" '$1 == id {print $2}')")
pod_of() {
  local uid context common bin=/proc/$process/root/bin
  context=$(tr -d '\0' < "/proc/$process/attr/current")
  uid=$(lines_of "$process" | jq -r .podUID | sort -u)
  echo "context: $context"
  [[ $context =~ ^system_u:system_r:container_t(:s0:c[0-9]+,c[0-9]+)$ ]] || return
  # containerd gives the files of a pod the pod's level.
  common="{\"namespace\": \"prod\", \"pod\": \"web\", \"container\": \"app\", \"containerID\": \"$id\", \"podUID\": \"$uid\",
    \"executable\": \"records\", \"comm\": \"records\", \"perm\": \"write\", \"scontext\": \"$context\", \"dev\": \"overlay\",
    \"tcontext\": \"system_u:object_r:file_t${BASH_REMATCH[1]}\", \"decision\": \"denied\", \"permissive\": 0}"
  has "$process" "$common" <<LINES
{"tclass": "dir", "name": "bin", "ino": $(inode "$bin")}
{"tclass": "file", "name": "busybox", "ino": $(inode "$bin/busybox")}
LINES
}
check 'its denials have its names, and its own level' pod_of
finds 'SELinux is on' ok 'SELinux' '^enforcing'
kill "$peer"
journalctl -u audit-enricher -o cat --no-pager > "$OUT/lines.txt"
end
