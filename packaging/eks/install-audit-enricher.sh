#!/bin/bash
# Installs or upgrades audit-enricher on an EKS node (Amazon Linux 2023), starts it, and reports its state. It may run
# repeatedly: as user data of a new node, or by AWS Systems Manager on running nodes.
#
#   PACKAGE   an s3:// or https:// URL, or a path, of the .rpm
#   SHA256    its checksum; required for a URL
#   CONFIGURATION   lines for /etc/audit-enricher/audit-enricher.conf (NAME=value), to replace it; empty: no change
set -euo pipefail
PACKAGE=${PACKAGE:-}
SHA256=${SHA256:-}
CONFIGURATION=${CONFIGURATION:-}

say() { echo "install-audit-enricher: $*"; }
fail() {
  say "$*" >&2
  exit 1
}

[[ $(id -u) -eq 0 ]] || fail 'must run as root'
[[ -n $PACKAGE ]] || fail 'PACKAGE is not set: the URL or path of the .rpm'
if ! grep -q '^ID="\?amzn"\?$' /etc/os-release || ! grep -q '^VERSION_ID="\?2023' /etc/os-release; then
  fail 'this is not Amazon Linux 2023: see packaging/eks/README.md for other systems'
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
file=$work/audit-enricher.rpm
case $PACKAGE in
s3://*) aws s3 cp --only-show-errors "$PACKAGE" "$file" ;;
https://*) curl --fail --silent --show-error --location --retry 5 --output "$file" "$PACKAGE" ;;
/*) cp "$PACKAGE" "$file" ;;
*) fail "PACKAGE=$PACKAGE is neither an s3:// or https:// URL nor a path" ;;
esac
if [[ -n $SHA256 ]]; then
  echo "$SHA256  $file" | sha256sum --check --quiet || fail "$PACKAGE does not have the checksum in SHA256"
elif [[ $PACKAGE != /* ]]; then
  fail 'SHA256 is not set: a package from a URL needs its checksum'
fi

# The package's own program checks CONFIGURATION before anything is changed. If it cannot run from here, because /tmp is mounted noexec or a
# library is not installed yet, the check runs after the installation.
new=$work/audit-enricher.conf
printf '%s\n' "$CONFIGURATION" > "$new"
program=$work/usr/bin/audit-enricher
if [[ -n $CONFIGURATION ]] && { rpm2archive - < "$file" | tar -xzC "$work" ./usr/bin/audit-enricher && "$program" --version; } &> /dev/null; then
  "$program" run --check --config "$new" > /dev/null || fail 'CONFIGURATION is wrong: nothing was changed'
fi

# An identical package is not installed again. A newer or an older package replaces the installed one, as does another build of its version.
identity='%{VERSION}-%{RELEASE} %{SHA256HEADER}'
wanted=$(rpm -qp --qf "$identity" "$file")
installed() { rpm -q --qf "$identity" audit-enricher 2> /dev/null; }
if ! present=$(installed); then
  dnf -q -y install "$file"
elif [[ $present != "$wanted" && ${present% *} == "${wanted% *}" ]]; then
  dnf -q -y reinstall "$file"
elif [[ $present != "$wanted" ]]; then
  dnf -q -y upgrade "$file" || dnf -q -y downgrade "$file"
fi
[[ $(installed) == "$wanted" ]] || fail "dnf has left another package installed than $PACKAGE"

configuration=/etc/audit-enricher/audit-enricher.conf
old=$work/old.conf
if [[ -n $CONFIGURATION ]]; then
  audit-enricher run --check --config "$new" > /dev/null || fail 'CONFIGURATION is wrong: the package is installed, and the configuration is unchanged'
  if [[ -e $configuration ]]; then cp -p "$configuration" "$old"; fi
  install -m 644 "$new" "$configuration"
fi

# This enables the sockets, too. Records that arrive before the service is ready wait there.
systemctl enable --quiet audit-enricher.service
# comes_up start|restart: succeeds if the service runs, else prints why not.
comes_up() {
  if systemctl "$1" audit-enricher.service && systemctl is-active --quiet audit-enricher.service; then return; fi
  say "the service does not run: $(journalctl -u audit-enricher -n 10 -o cat)" >&2
  return 1
}
if [[ -z $CONFIGURATION ]]; then
  comes_up start || exit 1
elif ! comes_up restart; then
  # The check cannot find every fault, such as an output that the service may not write.
  rm "$configuration"
  if [[ -e $old ]]; then cp -p "$old" "$configuration"; fi
  if comes_up restart; then fail 'the service does not run with CONFIGURATION: it runs again with the old configuration'; fi
  fail 'the old configuration is restored, but the service does not run with it either'
fi
say "$(audit-enricher --version) is active"

# Reports what keeps lines away on this node, if anything.
audit-enricher doctor || say "doctor found faults, see above; the service runs nevertheless"
