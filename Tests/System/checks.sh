# Functions for stories. Sourced in the guest.
# shellcheck shell=bash

passed=0 failed=0

# check WHAT COMMAND...: passes if the command succeeds.
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

# must WHAT COMMAND...: a check without which the rest of the story is meaningless: if it fails, the story ends.
must() {
  local before=$failed
  check "$@"
  if ((failed > before)); then end; fi
}

# await COMMAND...: repeats the command until it succeeds; gives up after five minutes.
await() {
  local deadline=$((SECONDS + 300))
  until "$@" > /dev/null 2>&1; do
    if ((SECONDS > deadline)); then
      echo "never came true: $*"
      "$@"
      return 1
    fi
    sleep 0.2
  done
}

# same WANTED FOUND: whether the two texts are equal.
same() {
  if [[ $1 == "$2" ]]; then return 0; fi
  echo "wanted '$1', found '$2'"
  return 1
}

status_has() { [[ $(property StatusText) == *"$1"* ]]; }
property() { systemctl show -P "$1" "${2:-audit-enricher.service}"; }
state_is() { same "$1" "$(systemctl is-active "${2:-audit-enricher.service}")"; }
no() { ! "$@"; }

# Lines of the journal that contain all of the given texts.
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

# Makes COUNT records with one process of the host, and waits until each has exactly one line.
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

# examine: runs all of doctor's checks. Each finding that is not "ok" must have a remedy, and the exit code must show whether a check
# failed.
examine() {
  local code=0
  audit-enricher doctor --json > /tmp/doctor.json 2> /tmp/doctor.err || code=$?
  jq -e --argjson code "$code" '(.checks | length > 0 and all(.found != "" and (.verdict == "ok") == (.remedy == "")))
    and .ok == all(.checks[]; .verdict != "failed") and $code == if .ok then 0 else 1 end' /tmp/doctor.json > /dev/null && return
  echo "doctor: exit code $code"
  jq -c '.ok, .checks[]' /tmp/doctor.json
  cat /tmp/doctor.err
  return 1
}

# The remedy of one check's finding.
remedy() { examine > /dev/null && jq -r --arg check "$1" '.checks[] | select(.check == $check) | .remedy' /tmp/doctor.json; }

# finds WHAT VERDICT CHECK FOUND [REMEDY]: runs doctor, and compares the finding and the remedy with regular expressions. found and
# stands_out do so with the results of the last run.
finds() { check "doctor: $1" says "${@:2}"; }
found() { check "doctor: $1" said "${@:2}"; }
says() { examine && said "$@"; }
said() {
  jq -c --arg check "$2" '.checks[] | select(.check == $check)' /tmp/doctor.json | tee /tmp/finding.json
  jq -es --arg verdict "$1" --arg found "$3" --arg remedy "${4:-}" 'length == 1 and (.[0] | .verdict == $verdict
    and (.found | test($found)) and (.remedy | test($remedy)))' /tmp/finding.json > /dev/null
}

# stands_out CODE CHECK...: doctor's exit code in the last run, and all checks that were not "ok", in order. A check with a question
# mark in front is optional.
stands_out() {
  local code=0 found wanted=$1 check
  found=$(jq -r '.checks[] | select(.verdict != "ok") | .check' /tmp/doctor.json)
  jq -e .ok /tmp/doctor.json > /dev/null || code=1
  for check in "${@:2}"; do
    if [[ $check != '?'* ]] || grep -qxF -- "${check#'?'}" <<< "$found"; then wanted+=$'\n'${check#'?'}; fi
  done
  if same "$wanted" "$code${found:+$'\n'$found}"; then return; fi
  jq -c '.checks[] | select(.verdict != "ok")' /tmp/doctor.json
  return 1
}

# explained ID MESSAGE SUBJECT [UNIT]: whether the unit has this message with this ID, and journalctl -x explains it with the subject.
explained() {
  journalctl -x -u "${4:-audit-enricher}" "MESSAGE_ID=$1" --no-pager > /tmp/explained.txt
  grep -F -A 1 -- "$2" /tmp/explained.txt | grep -q "^░░ Subject: $3\$" ||
    { cat /tmp/explained.txt; return 1; }
}

has_no_rights() {
  local process
  process=$(property MainPID)
  grep -E '^(Uid|Groups|Cap|NoNewPrivs|Seccomp)' "/proc/$process/status"
  no grep -qP '^Uid:.*\t0\b' "/proc/$process/status" &&
    same 5 "$(grep -cP '^Cap(Inh|Prm|Eff|Bnd|Amb):\t0+$' "/proc/$process/status")"
}

# All files on the system, to find those that the package and the service leave behind.
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
