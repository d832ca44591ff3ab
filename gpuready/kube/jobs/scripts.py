"""What the pods of the active checks run, in the words of a POSIX shell: each prints one line of JSON."""

from __future__ import annotations

_TOOLS = """\
for tool in {tools}; do
  command -v "$tool" >/dev/null || {{ echo "{{\\"missing\\":\\"$tool\\"}}"; exit 0; }}
done
"""

SERVER = """\
case "$POD_IP" in *:*) at="[$POD_IP]";; *) at="$POD_IP";; esac
mkdir -p /tmp/www && echo "$RUN" > /tmp/www/run && exec httpd -f -p "$at:8080" -h /tmp/www
"""
"""Answers every request for /run with the run's id, so that nobody else's answer is taken for it."""

CLIENT = (
    _TOOLS.format(tools="wget nslookup timeout tr grep cat")
    + """\
answers() {
  for try in 1 2 3; do
    [ "$(timeout 4 wget -q -T 3 -O - "http://$1:8080/run" 2>/dev/null)" = "$RUN" ] && return 0
    sleep 1
  done
  return 1
}
knows() {
  for try in 1 2 3; do
    timeout 4 nslookup "$1" 2>/dev/null | tr -s ' \\t' '\\n\\n' | grep -qxF "$2" && return 0
    sleep 1
  done
  return 1
}
domain=
while read -r key words; do
  [ "$key" = search ] && for word in $words; do
    case "$word" in svc.*) domain="${word#svc.}";; esac
  done
done < /etc/resolv.conf
said() { file="$1"; shift; if "$@"; then echo true; else echo false; fi >"/tmp/$file"; }
said tcp answers "$SERVER" &
said service answers "$SERVICE_IP" &
said own knows "$SERVICE.$NAMESPACE.svc.$domain." "$SERVICE_ADDRESS" &
said api knows "kubernetes.default.svc.$domain." "$KUBERNETES_SERVICE_HOST" &
wait
printf '{"tcp":%s,"service":%s,"dns_service":%s,"dns_api":%s,"domain":"%s"}\\n' \\
  "$(cat /tmp/tcp)" "$(cat /tmp/service)" "$(cat /tmp/own)" "$(cat /tmp/api)" "$domain"
"""
)
"""TCP to the pod and to its Service, and the names of the Service and of the API server.

A name counts as known when the answer holds the right address: what nslookup exits with differs from one
version to the next.
"""

CALLER = (
    _TOOLS.format(tools="wget date timeout")
    + """\
came=0 lost=0 same=0 last=
end=$(($(date +%s) + SECONDS_AT_MOST))
while [ "$(date +%s)" -lt "$end" ]; do
  if [ "$(timeout 3 wget -q -T 2 -O - "http://$SERVER:8080/run" 2>/dev/null)" = "$RUN" ]; then
    now=came came=$((came + 1))
  else
    now=lost lost=$((lost + 1))
  fi
  if [ "$now" = "$last" ]; then same=$((same + 1)); else same=1; fi
  last=$now
  [ "$now" = "$WANTED" ] && [ "$same" -ge "$TIMES" ] && break
  sleep 1
done
echo "{\\"came\\":$came,\\"lost\\":$lost,\\"last\\":\\"$last\\",\\"same\\":$same}"
"""
)
"""Calls the server until the wanted came so many times in a row, or the time is over."""

SHARER = (
    _TOOLS.format(tools="dd sha256sum cut tail tr")
    + """\
cd "$FOLDER" 2>/tmp/why || { echo '{"error":"cd"}'; exit 0; }
why() { tail -n 1 /tmp/why | tr -d '"\\\\'; }
dd if=/dev/urandom of="$ME.new" bs=1M count="$MIB" conv=fsync 2>/tmp/why ||
  { echo "{\\"error\\":\\"$(why)\\"}"; exit 0; }
own=$(sha256sum "$ME.new" | cut -d ' ' -f 1)
mv "$ME.new" "$ME.data"
seen= tries=0
for each in $OTHERS; do
  while ! [ -f "$each.data" ] && [ "$tries" -lt "$WAIT" ]; do
    sleep 1; tries=$((tries + 1)); ls >/dev/null
  done
  [ -f "$each.data" ] || continue
  sum=$(sha256sum "$each.data" | cut -d ' ' -f 1)
  seen="$seen${seen:+,}\\"$each\\":\\"$sum\\""
done
echo "{\\"own\\":\\"$own\\",\\"seen\\":{$seen}}"
"""
)
"""Writes a file, waits for those of the others, and tells the checksums of all that it sees."""

FIO = (
    _TOOLS.format(tools="fio sed sort tail truncate tr")
    + """\
file="$FOLDER/gpuready.fio"
measure() {
  fio --name=gpuready --thread=1 --filename="$file" --rw="$1" --bs=1M --direct=1 --ioengine="$ENGINE" \\
    --iodepth="$DEPTH" --runtime="$SECONDS_AT_MOST" --fallocate=none --output-format=json $2 \\
    >/tmp/out 2>/tmp/err
  code=$?
  echo "{\\"way\\":\\"$1\\",\\"code\\":$code,\\"err\\":\\"$(tail -n 1 /tmp/err | tr -d '"\\\\')\\"}"
  tr -d '\\n' </tmp/out; echo
  [ "$code" = 0 ]
}
measure write "--size=$SIZE --end_fsync=1" || exit 0
written=$(sed -n 's/.*"io_bytes" *: *\\([0-9][0-9]*\\).*/\\1/p' /tmp/out | sort -n | tail -n 1)
truncate -s "$written" "$file" && measure read --size=100%
rm -f "$file"
exit 0
"""
)
"""Writes one file past the page cache, then reads what was written; fio's own JSON, each on one line."""
