# What stories are told with. Sourced in the guest.
# shellcheck shell=bash

passed=0 failed=0

# check WHAT COMMAND...: whether the command succeeds.
check() {
  local what=$1
  shift
  if "$@" > /tmp/check.txt 2>&1; then
    passed=$((passed + 1))
    echo "ok    $what"
  else
    failed=$((failed + 1))
    echo "FAIL  $what"
    sed 's/^/      /' /tmp/check.txt | tail -n 12
  fi
}

# must WHAT COMMAND...: a check without which the rest tells nothing.
must() {
  local before=$failed
  check "$@"
  if ((failed > before)); then end; fi
}

# await COMMAND...: tries until it succeeds; gives up after a long time.
await() {
  local deadline=$((SECONDS + 60))
  until "$@" > /dev/null 2>&1; do
    if ((SECONDS > deadline)); then
      echo "never came true: $*"
      "$@"
      return 1
    fi
    sleep 0.2
  done
}

# same WANTED FOUND
same() {
  if [[ $1 == "$2" ]]; then return 0; fi
  echo "wanted '$1', found '$2'"
  return 1
}

status_has() { [[ $(property StatusText) == *"$1"* ]]; }
property() { systemctl show -P "$1" "${2:-audit-enricher.service}"; }
state_is() { same "$1" "$(systemctl is-active "${2:-audit-enricher.service}")"; }
no() { ! "$@"; }

# Lines of the journal that hold all of the given texts.
lines() {
  local text found
  found=$(journalctl -u audit-enricher -o cat --no-pager)
  for text; do found=$(grep -F -- "$text" <<< "$found"); done
  printf '%s' "$found"
}
count_lines() { lines "$@" | grep -c ''; }
lines_say() { test -n "$(lines "$@")"; }
lines_are() { # WANTED TEXT...
  local wanted=$1
  shift
  same "$wanted" "$(count_lines "$@")"
}

# The records of one process on the host, all of them, each once.
makes_lines() { # COUNT
  local process
  process=$(/test/records log "$1")
  await lines_are "$1" "\"audit\"" "pid=$process "
}

# pod NAME NAMESPACE COMMAND...: prints the sandbox's and the container's ID.
pod() {
  local name=$1 namespace=$2
  shift 2
  python3 "$GUEST/cri.py" run --image test.local/records:1 --name "$name" --ns "$namespace" --container app \
    --seccomp /test/log-getppid.json -- "$@"
}

verify_units() {
  local found
  found=$(systemd-analyze verify --man=no /usr/lib/systemd/system/audit?enricher* 2>&1)
  same '' "$found"
}

exposure_at_most() { # NUMBER UNIT
  local exposure
  exposure=$(systemd-analyze security --no-pager "$2" 2> /dev/null | grep -oP 'Overall exposure level.*: \K[0-9.]+')
  echo "exposure: $exposure"
  awk -v found="$exposure" -v most="$1" 'BEGIN {exit !(found != "" && found <= most)}'
}

# What doctor says of a check: its finding, its remedy.
doctor_says() { audit-enricher doctor --json 2> /dev/null | jq -r --arg check "$1" ".checks[] | select(.check == \$check) | .$2"; }
found() { doctor_says "$1" found; }
remedy() { doctor_says "$1" remedy; }

# finds WHAT VERDICT CHECK FOUND [REMEDY]: doctor's finding, and what it says to do.
finds() {
  check "doctor: $1" says "${@:2}"
}
says() {
  local all
  all=$(audit-enricher doctor --json 2> /dev/null | jq -c --arg check "$2" '.checks[] | select(.check == $check)')
  echo "$all"
  jq -e --arg verdict "$1" --arg found "$3" --arg remedy "${4:-}" '.verdict == $verdict
    and (.found | contains($found)) and (.remedy | contains($remedy)) and (.verdict != "failed" or .remedy != "")' <<< "$all"
}

has_no_rights() {
  local process
  process=$(property MainPID)
  grep -E '^(Uid|Groups|Cap|NoNewPrivs|Seccomp)' "/proc/$process/status"
  no grep -qP '^Uid:.*\t0\b' "/proc/$process/status" &&
    same 5 "$(grep -cP '^Cap(Inh|Prm|Eff|Bnd|Amb):\t0+$' "/proc/$process/status")"
}

# What the package and the service may leave behind, all over the system.
everything() {
  {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /test -o -path /tmp -o -path /var/lib/dpkg \
      -o -path /var/lib/rpm -o -path /var/cache -o -path /var/log/journal -o -path /var/log/dpkg.log -o -path /var/lib/containerd \
      -o -path /var/lib/systemd/catalog \) -prune -o -print
    find /run -xdev -name '*audit?enricher*' -not -path '/run/credentials/*'
  } | sort
}

end() {
  echo "$passed passed, $failed failed"
  exit $((failed > 0))
}
