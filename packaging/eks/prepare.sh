#!/bin/bash
# Prints install-audit-enricher.sh with its settings, in the form that a node accepts. Needs jq.
#   prepare.sh user-data  PACKAGE_URL SHA256 [CONFIGURATION_FILE]    a MIME document for a launch template's user data
#   prepare.sh parameters PACKAGE_URL SHA256 [CONFIGURATION_FILE]    the parameters of AWS Systems Manager's AWS-RunShellScript
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
usage() {
  sed -n '3,4s/^# *//p' "$0" >&2
  exit 2
}
if (($# < 3 || $# > 4)); then usage; fi
configuration=
if [[ -n ${4:-} ]]; then configuration=$(cat "$4"); fi

# The settings follow the script's first line. jq quotes them for the shell.
script=$(jq -nr --arg package "$2" --arg sha256 "$3" --arg configuration "$configuration" --rawfile script "$here/install-audit-enricher.sh" \
  '$script | split("\n") | .[0], "export PACKAGE=\($package | @sh) SHA256=\($sha256 | @sh) CONFIGURATION=\($configuration | @sh)", .[1:][]')

case $1 in
user-data)
  # No line of the script may end the document early.
  boundary=audit-enricher
  while grep -qF -e "--$boundary" <<< "$script"; do boundary+=x; done
  cat << MIME
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="$boundary"

--$boundary
Content-Type: text/x-shellscript; charset="utf-8"

$script

--$boundary--
MIME
  ;;
parameters) jq -n --arg script "$script" '{commands: ($script | split("\n")), executionTimeout: ["600"]}' ;;
*) usage ;;
esac
