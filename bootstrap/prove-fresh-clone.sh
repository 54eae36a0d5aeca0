#!/usr/bin/env bash
# Proves that a fresh clone starts by itself: empty HOME and TMPDIR, no node_modules, the printed curl pays, npm ends with
# 0 on SIGTERM and nothing is left running; the second start works without network (where this user may cut it off).
#
#   bash bootstrap/prove-fresh-clone.sh [PLACE]     PLACE: folder for the clone; default a new one below TMPDIR
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
place=${1:-$(mktemp -d)}
clone=$place/tessera
data=$place/data
mkdir -p "$place/home" "$place/tmp"
output=$place/output
started=

fail() {
  echo "NOT PROVED: $*" >&2
  [ -f "$output" ] && tail -n 30 "$output" >&2
  exit 1
}
trap '[ -z "$started" ] || kill -TERM "$started" 2>/dev/null || true' EXIT

# Every process that names the clone or its data; this script names only the folder above them.
leftover() { pgrep -f -- "$clone|$data" || true; }

# Runs npm start in the background with nothing of the caller's environment but the way to programs and the registry.
start() {
  (
    cd "$clone"
    exec env -i PATH="$PATH" HOME="$place/home" TMPDIR="$place/tmp" TERM=dumb \
      ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
      ${npm_config_registry:+npm_config_registry="$npm_config_registry"} \
      "$@" npm start -- --port 0 --data-dir "$data"
  ) >"$output" 2>&1 &
  started=$!
  local begun=$SECONDS
  until [ -f "$data/credentials.json" ]; do
    kill -0 "$started" 2>/dev/null || fail 'npm start ended by itself'
    [ $((SECONDS - begun)) -lt 300 ] || fail 'not ready after five minutes'
    sleep 0.1
  done
  until grep -q '^Ctrl-C' "$output"; do sleep 0.1; done
  grep '^Tessera is ready' "$output"
}

pay() {
  local answer
  answer=$(sed -n '/^curl /,/^$/p' "$output" | bash --norc)
  case $answer in
    *'"status":"completed"'*) echo 'The printed curl paid.' ;;
    *) fail "the printed curl answered: $answer" ;;
  esac
}

stop() {
  kill -TERM "$started"
  local status=0
  wait "$started" || status=$?
  started=
  [ "$status" -eq 0 ] || fail "npm ended with $status on SIGTERM"
  [ -z "$(leftover)" ] || fail "still running: $(ps -o pid=,args= -p "$(leftover | paste -sd,)")"
  echo 'npm ended with 0 on SIGTERM; nothing is left running.'
}

git clone -q "$source" "$clone"
start
pay
[ -z "$(git -C "$clone" status --porcelain)" ] || fail 'the start changed files of the clone'
[ "$(stat -c %a "$data/credentials.json" 2>/dev/null || stat -f %Lp "$data/credentials.json")" = 600 ] || fail 'credentials.json is readable by others'
stop

no_network=()
if unshare --net true 2>/dev/null; then no_network=(unshare --net -- sh -c 'ip link set lo up; exec "$@"' sh); fi
start "${no_network[@]}"
if [ ${#no_network[@]} -eq 0 ]; then pay; else echo 'Started again without network.'; fi
stop
[ -n "${1:-}" ] || rm -rf "$place"
