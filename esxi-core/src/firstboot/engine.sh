# --- how: the same in every such script ---------------------------------------------------------------------------

set -f
PATH=/bin:/sbin:/usr/bin:/usr/sbin:/usr/lib/vmware/bin:$PATH
export PATH
log=/var/log/esxi-first-boot.log
status=/var/log/esxi-first-boot.status
keep=/altbootbank
E=esxcli
S=$(printf '\037')
NL='
'

say() { echo "$(date -u '+%Y-%m-%dT%H:%M:%SZ') $*" >>$log; }

# The status in one line, and a copy that outlives the next boot.
tell() {
  echo "$*" >$status.new && mv $status.new $status
  say "$*"
  [ ! -d $keep ] || cp $status $log $keep/ 2>/dev/null
}

fail() {
  tell "failed: $*"
  exit 1
}

# --- asking the host

# The answer to a question in $o, as XML. When hostd is gone, localcli knows the same words without it.
ask() {
  o=$($E --formatter=xml "$@" 2>&1 </dev/null)
  r=$?
  case $E:$o in
  esxcli:*'Connect to localhost failed'*)
    E=localcli
    say "hostd is not up: $E from here on"
    ask "$@"
    return
    ;;
  esac
  case "$r $o" in
  '0 '*'<output'*) ;;
  *) fail "cannot read $E $*: $o" ;;
  esac
}

# The structures of the answer as lines: the named fields, a list joined with commas, a control character between.
rows() {
  printf '%s\n' "$o" | tr -d '\r' | awk -v want="$*" '
BEGIN { RS = "<"; n = split(want, name, " ") }
/^structure[ >]/ { if (++deep == 1) for (i in v) delete v[i]; next }
/^\/structure>/ {
  if (deep-- == 1) {
    line = v[name[1]]
    for (i = 2; i <= n; i++) line = line "\037" v[name[i]]
    print line
  }
  next
}
deep != 1 { next }
/^field name="/ { f = $0; sub(/^field name="/, "", f); sub(/".*/, "", f); first = 1; next }
/^(string|integer|boolean)>/ {
  t = $0
  sub(/^[a-z]*>/, "", t)
  gsub(/&lt;/, "<", t); gsub(/&gt;/, ">", t); gsub(/&quot;/, "\"", t); gsub(/&apos;|&#39;/, "\047", t)
  gsub(/&amp;/, "\\&", t)
  v[f] = first ? t : v[f] "," t
  first = 0
}'
}

# Field $3 of the line of $1 that begins with $2; status 1 where there is none.
look() {
  printf '%s\n' "$1" | KEY=$2 awk -F '\037' -v n="$3" '
($1 "") == (ENVIRON["KEY"] "") { print $n; found = 1; exit }
END { exit !found }'
}

# The only structure of the answer, in $f1 to $f12.
one() {
  IFS=$S read -r f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 <<END
$(rows "$@")
END
}

# What was read is kept until something is changed.
forget() { SW= PG= AD= NICS= read_sw= read_pg= read_ad=; }

switches() {
  [ -z "$read_sw" ] || return 0
  ask network vswitch standard list
  SW=$(rows Name MTU CDPStatus Uplinks)
  read_sw=1
}

groups() {
  [ -z "$read_pg" ] || return 0
  ask network vswitch standard portgroup list
  PG=$(rows Name VirtualSwitch VLANID)
  read_pg=1
}

# Adapters of every stack the script is about: a release may list those of one stack only. 5.x before 5.5 has no others.
adapters() {
  [ -z "$read_ad" ] || return 0
  ask network ip interface list
  AD=$(rows Name Portgroup MACAddress Enabled MTU NetstackInstance)
  if [ -n "$stacks" ]; then
    ask network ip netstack list
    there=$(rows Key)
    for s in $stacks; do
      look "$there" "$s" 1 >/dev/null || continue
      ask network ip interface list -N "$s"
      AD=$AD$NL$(rows Name Portgroup MACAddress Enabled MTU NetstackInstance)
    done
  fi
  read_ad=1
}

low() { printf '%s\n' "$1" | tr A-Z a-z; }

# Whether the comma list $1 has $2.
has() {
  case ,$1, in
  *,"$2",*) return 0 ;;
  esac
  return 1
}

# The vSwitch that holds a card.
holder() {
  printf '%s\n' "$SW" | awk -F '\037' -v nic="$1" '
{ n = split($4, u, ","); for (i = 1; i <= n; i++) if (u[i] == nic) { print $1; exit } }'
}

# The adapter on a port group.
occupant() {
  printf '%s\n' "$AD" | KEY=$1 awk -F '\037' '($2 "") == (ENVIRON["KEY"] "") { print $1; exit }'
}

# --- changing it

# Something is not as it shall be (yet).
miss() { left=${left:+$left; }$*; }

# One change.
run() {
  say "+ $E $*"
  out=$($E "$@" 2>&1 </dev/null)
  rc=$?
  case $E:$out in
  esxcli:*'Connect to localhost failed'*)
    E=localcli
    run "$@"
    return
    ;;
  esac
  [ -z "$out" ] || say "$out"
  if [ $rc -eq 0 ]; then
    moved=1
    count=$((count + 1))
    forget
  else
    trouble="$E $*: $out"
  fi
  return $rc
}

# vswitch NAME [-P PORTS]
vswitch() {
  switches
  look "$SW" "$1" 1 >/dev/null && return
  miss "vSwitch $1 is not there"
  name=$1
  shift
  run network vswitch standard add "$@" -v "$name"
}

# vswitch_mtu NAME BYTES first|last: raised before adapters need it, lowered when none does any more
vswitch_mtu() {
  switches
  now=$(look "$SW" "$1" 2) || return
  [ "$now" != "$2" ] || return
  miss "the MTU of vSwitch $1 is $now"
  [ "$3" = last ] || [ "$now" -lt "$2" ] || return
  run network vswitch standard set -m "$2" -v "$1"
}

vswitch_cdp() {
  switches
  now=$(look "$SW" "$1" 3) || return
  [ "$(low "$now")" != "$2" ] || return
  miss "discovery on vSwitch $1 is $now"
  run network vswitch standard set -c "$2" -v "$1"
}

# uplink VSWITCH CARD
uplink() {
  switches
  now=$(look "$SW" "$1" 4) || return
  ! has "$now" "$2" || return
  on=$(holder "$2")
  miss "$2 is not an uplink of vSwitch $1${on:+ but of $on}"
  [ -z "$on" ] || return
  run network vswitch standard uplink add -u "$2" -v "$1"
}

# only_uplinks VSWITCH CARD,..
only_uplinks() {
  switches
  now=$(look "$SW" "$1" 4) || return
  for nic in $(printf '%s\n' "$now" | tr , ' '); do
    has "$2" "$nic" && continue
    miss "$nic is an uplink of vSwitch $1"
    run network vswitch standard uplink remove -u "$nic" -v "$1"
  done
}

no_vswitch() {
  switches
  look "$SW" "$1" 1 >/dev/null || return
  miss "vSwitch $1 is there"
  groups
  ! printf '%s\n' "$PG" | KEY=$1 awk -F '\037' '($2 "") == (ENVIRON["KEY"] "") { f = 1 } END { exit !f }' || return
  run network vswitch standard remove -v "$1"
}

# portgroup NAME VSWITCH
portgroup() {
  groups
  if on=$(look "$PG" "$1" 2); then
    [ "$on" = "$2" ] || miss "port group $1 is on vSwitch $on"
    return
  fi
  miss "port group $1 is not there"
  switches
  look "$SW" "$2" 1 >/dev/null || return
  run network vswitch standard portgroup add -p "$1" -v "$2"
}

# no_portgroup NAME [VSWITCH]: it goes, unless it is on this one
no_portgroup() {
  groups
  on=$(look "$PG" "$1" 2) || return
  [ "$on" != "$2" ] || return
  miss "port group $1 is on vSwitch $on"
  adapters
  [ -z "$(occupant "$1")" ] || return
  run network vswitch standard portgroup remove -p "$1" -v "$on"
}

# portgroup_vlan NAME ID
portgroup_vlan() {
  groups
  now=$(look "$PG" "$1" 3) || return
  [ "$now" != "$2" ] || return
  miss "the VLAN of port group $1 is $now"
  run network vswitch standard portgroup set -p "$1" -v "$2"
}

# The word for `set` of a policy as `get` prints it.
balancing() {
  case $(low "$1") in
  srcport | portid | srcid | loadbalance_srcid) echo portid ;;
  srcmac | mac | loadbalance_srcmac) echo mac ;;
  iphash | ip | loadbalance_ip) echo iphash ;;
  explicit | failover_explicit) echo explicit ;;
  *) echo "$1" ;;
  esac
}

# Whether every card of a comma list is attached to a vSwitch.
attached() {
  switches
  now=$(look "$SW" "$1" 4)
  for nic in $(printf '%s\n' "$2" | tr , ' '); do
    has "$now" "$nic" || return
  done
}

# In all policies `-` leaves a value, and `inherit` lets a port group have its vSwitch's again.

# vswitch_failover NAME BALANCING DETECTION NOTIFY FAILBACK ACTIVE STANDBY
vswitch_failover() {
  switches
  look "$SW" "$1" 1 >/dev/null || return
  ask network vswitch standard policy failover get -v "$1"
  one LoadBalancing NetworkFailureDetection NotifySwitches Failback ActiveAdapters StandbyAdapters
  name=$1 lb=$2 fd=$3 no=$4 fb=$5 ac=$6 sb=$7
  set --
  if [ "$ac" != - ] && [ "$ac/$sb" != "$f5/$f6" ]; then
    miss "the order of vSwitch $name is $f5/$f6"
    ! attached "$name" "$ac,$sb" || set -- "$@" -a "$ac" -s "$sb"
  fi
  [ "$lb" = - ] || [ "$(balancing "$f1")" = "$lb" ] || set -- "$@" -l "$lb"
  [ "$fd" = - ] || [ "$(low "$f2")" = "$fd" ] || set -- "$@" -f "$fd"
  [ "$no" = - ] || [ "$(low "$f3")" = "$no" ] || set -- "$@" -n "$no"
  [ "$fb" = - ] || [ "$(low "$f4")" = "$fb" ] || set -- "$@" -b "$fb"
  [ $# -gt 0 ] || return
  miss "the teaming of vSwitch $name differs"
  run network vswitch standard policy failover set "$@" -v "$name"
}

# What one value of a port group's policy shall become: $1 wanted, $2 whether it has its own now, $3 the value now.
# Nothing where it stays; `reset` in $again makes every value inherited first.
own() {
  case $1 in
  inherit) return ;;
  -) [ -z "$again" ] || [ "$2" != true ] || printf '%s\n' "$3" ;;
  *) [ -z "$again" ] && [ "$2" = true ] && [ "$1" = "$3" ] || printf '%s\n' "$1" ;;
  esac
}

# portgroup_failover NAME VSWITCH BALANCING DETECTION NOTIFY FAILBACK ACTIVE STANDBY
portgroup_failover() {
  groups
  [ "$(look "$PG" "$1" 2)" = "$2" ] || return
  ask network vswitch standard portgroup policy failover get -p "$1"
  one LoadBalancing NetworkFailureDetection NotifySwitches Failback ActiveAdapters StandbyAdapters \
    OverrideVswitchLoadBalancing OverrideVswitchNetworkFailureDetection OverrideVswitchNotifySwitches \
    OverrideVswitchFailback OverrideVswitchUplinks
  name=$1 on=$2 lb=$3 fd=$4 no=$5 fb=$6 ac=$7 sb=$8
  again=
  case $lb:$f7/$fd:$f8/$no:$f9/$fb:$f10/$ac:$f11 in
  *inherit:true*) again=1 ;;
  esac
  lb=$(own "$lb" "$f7" "$(balancing "$f1")")
  fd=$(own "$fd" "$f8" "$(low "$f2")")
  no=$(own "$no" "$f9" "$(low "$f3")")
  fb=$(own "$fb" "$f10" "$(low "$f4")")
  case $ac in
  inherit | -) order=$(own "$ac" "$f11" "$f5/$f6") ;;
  *) order=$(own "$ac/$sb" "$f11" "$f5/$f6") ;;
  esac
  set --
  if [ -n "$order" ]; then
    miss "the order of port group $name is $f5/$f6"
    attached "$on" "${order%/*},${order#*/}" && set -- "$@" -a "${order%/*}" -s "${order#*/}"
  fi
  [ -z "$lb" ] || set -- "$@" -l "$lb"
  [ -z "$fd" ] || set -- "$@" -f "$fd"
  [ -z "$no" ] || set -- "$@" -n "$no"
  [ -z "$fb" ] || set -- "$@" -b "$fb"
  [ -z "$again" ] || set -- -u "$@"
  [ $# -gt 0 ] || return
  miss "the teaming of port group $name differs"
  run network vswitch standard portgroup policy failover set -p "$name" "$@"
}

# vswitch_security NAME PROMISCUOUS MAC-CHANGES FORGED-TRANSMITS
vswitch_security() {
  switches
  look "$SW" "$1" 1 >/dev/null || return
  ask network vswitch standard policy security get -v "$1"
  one AllowPromiscuous AllowMACAddressChange AllowForgedTransmits
  name=$1 pr=$2 ma=$3 fo=$4
  set --
  [ "$fo" = - ] || [ "$(low "$f3")" = "$fo" ] || set -- "$@" -f "$fo"
  [ "$ma" = - ] || [ "$(low "$f2")" = "$ma" ] || set -- "$@" -m "$ma"
  [ "$pr" = - ] || [ "$(low "$f1")" = "$pr" ] || set -- "$@" -p "$pr"
  [ $# -gt 0 ] || return
  miss "the security of vSwitch $name differs"
  run network vswitch standard policy security set "$@" -v "$name"
}

# portgroup_security NAME VSWITCH PROMISCUOUS MAC-CHANGES FORGED-TRANSMITS
portgroup_security() {
  groups
  [ "$(look "$PG" "$1" 2)" = "$2" ] || return
  ask network vswitch standard portgroup policy security get -p "$1"
  one AllowPromiscuous AllowMACAddressChange AllowForgedTransmits OverrideVswitchAllowPromiscuous \
    OverrideVswitchAllowMACAddressChange OverrideVswitchAllowForgedTransmits
  name=$1 pr=$3 ma=$4 fo=$5
  again=
  case $pr:$f4/$ma:$f5/$fo:$f6 in
  *inherit:true*) again=1 ;;
  esac
  pr=$(own "$pr" "$f4" "$(low "$f1")")
  ma=$(own "$ma" "$f5" "$(low "$f2")")
  fo=$(own "$fo" "$f6" "$(low "$f3")")
  set --
  [ -z "$fo" ] || set -- "$@" -f "$fo"
  [ -z "$ma" ] || set -- "$@" -m "$ma"
  [ -z "$pr" ] || set -- "$@" -o "$pr"
  [ -z "$again" ] || set -- -u "$@"
  [ $# -gt 0 ] || return
  miss "the security of port group $name differs"
  run network vswitch standard portgroup policy security set -p "$name" "$@"
}

# Without shaping the numbers are zero.
rates() {
  if [ "$*" = 'false 0 0 0' ]; then
    echo '-e false'
  else
    echo "-e $1 -b $2 -k $3 -t $4"
  fi
}

# vswitch_shaping NAME ON AVERAGE PEAK BURST
vswitch_shaping() {
  switches
  look "$SW" "$1" 1 >/dev/null || return
  ask network vswitch standard policy shaping get -v "$1"
  one Enabled AverageBandwidth PeakBandwidth BurstSize
  [ "$2 $3 $4 $5" != "$(low "$f1") $f2 $f3 $f4" ] || return
  miss "the shaping of vSwitch $1 differs"
  run network vswitch standard policy shaping set $(rates "$2" "$3" "$4" "$5") -v "$1"
}

# portgroup_shaping NAME VSWITCH inherit | ON AVERAGE PEAK BURST
portgroup_shaping() {
  groups
  [ "$(look "$PG" "$1" 2)" = "$2" ] || return
  ask network vswitch standard portgroup policy shaping get -p "$1"
  one Enabled AverageBandwidth PeakBandwidth BurstSize OverrideVswitchEnabled OverrideVswitchAverageBandwidth \
    OverrideVswitchPeakBandwidth OverrideVswitchBurstSize
  if [ "$3" = inherit ]; then
    has "$f5,$f6,$f7,$f8" true || return
    miss "port group $1 has a shaping of its own"
    run network vswitch standard portgroup policy shaping set -p "$1" -u
    return
  fi
  [ "$3 $4 $5 $6 true" != "$(low "$f1") $f2 $f3 $f4 $f5" ] || return
  miss "the shaping of port group $1 differs"
  run network vswitch standard portgroup policy shaping set -p "$1" $(rates "$3" "$4" "$5" "$6")
}

# Whether adapter $1 is there as it was made: on port group $2 of vSwitch $3, with MAC address $4 and stack $5.
as_made() {
  [ "$(look "$AD" "$1" 2)" = "$2" ] && [ "$(look "$PG" "$2" 2)" = "$3" ] || return
  [ "$4" = - ] || [ "$(low "$(look "$AD" "$1" 3)")" = "$4" ] || return
  s=$(look "$AD" "$1" 6)
  [ "${s:-defaultTcpipStack}" = "$5" ]
}

# vmk NAME PORT-GROUP VSWITCH MAC STACK MTU
vmk() {
  adapters
  groups
  if look "$AD" "$1" 1 >/dev/null; then
    as_made "$@" || miss "$1 must be made anew"
    return
  fi
  miss "$1 is not there"
  [ "$(look "$PG" "$2" 2)" = "$3" ] && [ -z "$(occupant "$2")" ] || return
  name=$1 pg=$2 mac=$4 stack=$5 mtu=$6
  set -- -i "$name" -p "$pg"
  [ "$mac" = - ] || set -- "$@" -M "$mac"
  [ "$mtu" = - ] || set -- "$@" -m "$mtu"
  if [ "$stack" != defaultTcpipStack ]; then
    # A stack must be there before its first adapter (believed); one that is does not mind.
    ask network ip netstack list
    look "$(rows Key)" "$stack" 1 >/dev/null || run network ip netstack add -N "$stack"
    set -- "$@" -N "$stack"
  fi
  run network ip interface add "$@"
}

# no_vmk NAME [PORT-GROUP VSWITCH MAC STACK]: it goes, unless it is there as it shall be made
no_vmk() {
  adapters
  groups
  look "$AD" "$1" 1 >/dev/null || return
  if [ $# -gt 1 ]; then
    ! as_made "$@" || return
    miss "$1 must be made anew"
    # Not before there is a place for it, unless that is what it stands on.
    [ "$(look "$AD" "$1" 2)" = "$2" ] || [ "$(look "$PG" "$2" 2)" = "$3" ] || return
  else
    miss "$1 is there"
  fi
  run network ip interface remove -i "$1"
}

# Words that lead to the stack of an adapter.
in_stack() { [ "$1" = defaultTcpipStack ] || printf '%s\n' "-N $1"; }

# vmk_set NAME MTU ENABLED
vmk_set() {
  adapters
  now=$(look "$AD" "$1" 5) || return
  name=$1 mtu=$2 on=$3
  set --
  [ "$on" = - ] || [ "$(low "$(look "$AD" "$name" 4)")" = "$on" ] || set -- "$@" -e "$on"
  [ "$mtu" = - ] || [ "$now" = "$mtu" ] || set -- "$@" -m "$mtu"
  [ $# -gt 0 ] || return
  miss "MTU or state of $name differ"
  run network ip interface set -i "$name" "$@"
}

# The default gateway that was set by hand, in a list of routes that was asked for.
default_gateway() {
  rows Network Gateway Netmask Source | awk -F '\037' '
(tolower($1) == "default" || $1 $3 == "0.0.0.00.0.0.0") && ($4 == "" || toupper($4) == "MANUAL") { print $2; exit }'
}

# vmk_ipv4 NAME STACK none | dhcp | static ADDRESS NETMASK [GATEWAY | none]
vmk_ipv4() {
  adapters
  look "$AD" "$1" 1 >/dev/null || return
  ask network ip interface ipv4 get -i "$1" $(in_stack "$2")
  one AddressType IPv4Address IPv4Netmask Gateway
  if [ "$3" != static ]; then
    [ "$(low "$f1")" != "$3" ] || return
    miss "IPv4 of $1 is $f1 $f2"
    run network ip interface ipv4 set -i "$1" -t "$3"
    return
  fi
  same=
  [ "$(low "$f1") $f2 $f3" != "static $4 $5" ] || same=1
  case $same:$6 in
  1: | 1:"$f4") return ;;
  1:none)
    # Without one of its own an adapter shows that of its stack.
    ask network ip route ipv4 list $(in_stack "$2")
    case $f4 in '' | 0.0.0.0 | N/A | "$(default_gateway)") return ;; esac
    ;;
  esac
  miss "IPv4 of $1 is $f1 $f2 $f3 $f4"
  # A gateway of its own may be refused before the stack has one; then it is for the next round.
  case $same:$6 in
  : | *:none) ;;
  *) ! run network ip interface ipv4 set -i "$1" -t static -I "$4" -N "$5" -g "$6" && [ -z "$same" ] || return ;;
  esac
  run network ip interface ipv4 set -i "$1" -t static -I "$4" -N "$5"
}

# vmk_ipv6 NAME STACK ROUTER-ADVERTISEMENTS DHCP
vmk_ipv6() {
  adapters
  look "$AD" "$1" 1 >/dev/null || return
  ask network ip interface ipv6 get -i "$1" $(in_stack "$2")
  one RouterAdvEnabled DHCPv6Enabled
  name=$1 ra=$3 dhcp=$4
  set --
  [ "$dhcp" = - ] || [ "$(low "$f2")" = "$dhcp" ] || set -- "$@" -d "$dhcp"
  [ "$ra" = - ] || [ "$(low "$f1")" = "$ra" ] || set -- "$@" -r "$ra"
  [ $# -gt 0 ] || return
  miss "IPv6 of $name differs"
  run network ip interface ipv6 set -i "$name" "$@"
}

# IPv6 addresses of an adapter that were set by hand, with prefix lengths, in a list that was asked for.
ipv6_addresses() {
  rows Interface Address Netmask Type | awk -F '\037' -v vmk="$1" '
$1 == vmk && tolower($2) !~ /^fe[89ab]/ && ($4 == "" || toupper($4) == "STATIC") {
  print tolower($2 ~ /\// ? $2 : $2 "/" $3)
}'
}

# vmk_address NAME STACK ADDRESS/PREFIX
vmk_address() {
  adapters
  look "$AD" "$1" 1 >/dev/null || return
  ask network ip interface ipv6 address list $(in_stack "$2")
  now=$(ipv6_addresses "$1")
  ! look "$now" "$3" 1 >/dev/null || return
  miss "$1 lacks $3"
  run network ip interface ipv6 address add -i "$1" -I "$3"
}

# only_addresses NAME STACK [ADDRESS/PREFIX,..]
only_addresses() {
  adapters
  look "$AD" "$1" 1 >/dev/null || return
  ask network ip interface ipv6 address list $(in_stack "$2")
  for net in $(ipv6_addresses "$1"); do
    has "$3" "$net" && continue
    miss "$1 has $net"
    run network ip interface ipv6 address remove -i "$1" -I "$net"
  done
}

# vmk_tags NAME TAG,..: exactly these
vmk_tags() {
  adapters
  look "$AD" "$1" 1 >/dev/null || return
  ask network ip interface tag get -i "$1"
  now=$(rows Tags)
  for tag in $(printf '%s\n' "$2" | tr , ' '); do
    has "$now" "$tag" && continue
    miss "$1 is not tagged $tag"
    run network ip interface tag add -i "$1" -t "$tag"
  done
  [ "$3" = first ] && return
  for tag in $(printf '%s\n' "$now" | tr , ' '); do
    has "$2" "$tag" && continue
    miss "$1 is tagged $tag"
    run network ip interface tag remove -i "$1" -t "$tag"
  done
}

# Gateways by which routes set by hand lead to a network (default|ADDRESS/PREFIX NETMASK), in a list that was asked for.
gateways() {
  rows Network Netmask Gateway Source | awk -F '\037' -v net="$1" -v mask="$2" '
{
  n = tolower($1)
  sub(/%.*/, "", $3)
  if (n ~ /^(0\.0\.0\.0|::)$/ && $2 ~ /^(0\.0\.0\.0|0|::)$/) n = "default"
  address = net
  sub(/\/.*/, "", address)
  prefix = net
  sub(/.*\//, "", prefix)
  hit = net == "default" ? n == "default" : (n == net || n == address && ($2 == mask || $2 == prefix))
  if (hit && $3 !~ /^(0\.0\.0\.0|::|N\/A|)$/ && ($4 == "" || toupper($4) == "MANUAL")) print tolower($3)
}'
}

# route ipv4|ipv6 STACK default|ADDRESS/PREFIX NETMASK GATEWAY
route() {
  ask network ip route "$1" list $(in_stack "$2")
  now=$(gateways "$3" "$4")
  ! look "$now" "$5" 1 >/dev/null || return
  miss "no route to $3 by $5${now:+ but by $now}"
  if run network ip route "$1" add -g "$5" -n "$3" $(in_stack "$2"); then return; fi
  # The new default route takes the place of the old one, or else after it.
  [ "$3" = default ] && [ -n "$now" ] || return
  run network ip route "$1" remove -g "$now" -n default $(in_stack "$2") &&
    run network ip route "$1" add -g "$5" -n default $(in_stack "$2")
}

no_route() {
  ask network ip route "$1" list $(in_stack "$2")
  now=$(gateways "$3" "$4")
  look "$now" "$5" 1 >/dev/null || return
  miss "a route to $3 by $5"
  run network ip route "$1" remove -g "$5" -n "$3" $(in_stack "$2")
}

names_now() {
  case $1 in
  server) rows DNSServers ;;
  search) rows DNSSearchDomains ;;
  esac
}

# names server|search ENTRY,..: exactly these, in this order; what stands wrong goes first
names() {
  case $1 in
  server) opt=-s ;;
  search) opt=-d ;;
  esac
  while
    ask network ip dns "$1" list
    now=$(names_now "$1")
    [ "$now" != "$2" ]
  do
    miss "DNS ($1) is $now"
    edit=$(awk -v now="$now" -v goal="$2" 'BEGIN {
      n = split(now, a, ","); m = split(goal, b, ",")
      for (i = 1; i <= m; i++) wanted[b[i]] = 1
      for (i = 1; i <= n; i++) if (!(a[i] in wanted)) { print "remove " a[i]; exit }
      for (i = 1; i <= n; i++) if (a[i] != b[i]) { print "remove " a[i]; exit }
      print "add " b[n + 1]
    }')
    run network ip dns "$1" "${edit%% *}" $opt "${edit#* }" || return
  done
}

# --- the run

# Waits until hostd answers, and does without it after a while.
wait_for_host() {
  waited=0
  until o=$(esxcli --formatter=xml system version get 2>&1 </dev/null); do
    if [ $waited -ge $host_limit ]; then
      E=localcli
      say "hostd is not up after $waited s: $E from here on"
      return
    fi
    sleep 2
    waited=$((waited + 2))
  done
}

# Waits until every card is there. Without one of them nothing is touched.
wait_for_cards() {
  waited=0
  while :; do
    ask network nic list
    NICS=$(rows MACAddress Name | tr A-F a-f)
    gone=
    for mac in $macs; do
      look "$NICS" "$mac" 2 >/dev/null || gone=$gone${gone:+, }$mac
    done
    [ -n "$gone" ] || return
    [ $waited -lt $card_limit ] || fail "no network card has the address $gone; nothing was changed"
    sleep 2
    waited=$((waited + 2))
  done
}

# claim CARD VSWITCH: a card on a vSwitch that this script is not about is not taken away
claim() {
  switches
  on=$(holder "$1")
  [ -n "$on" ] && [ "$on" != "$2" ] || return
  case $NL$releases$NL in
  *"$NL$on$NL"*) ;;
  *) fail "$1 is an uplink of vSwitch $on, which nothing here says to give it up; nothing was changed" ;;
  esac
}

main() {
  moved= left= trouble= count=0 rounds=0 stuck=0
  forget
  tell running
  wait_for_host
  wait_for_cards
  cards
  # Round after round, until one finds everything as it shall be.
  while :; do
    left= moved= trouble=
    wanted
    [ -n "$left" ] || break
    if [ -n "$moved" ]; then
      stuck=0
    else
      stuck=$((stuck + 1))
      [ $stuck -lt 4 ] || fail "$left${trouble:+ ($trouble)}"
      sleep 2
    fi
    rounds=$((rounds + 1))
    [ $rounds -lt 40 ] || fail "it does not settle: $left"
  done
  out=$(/sbin/auto-backup.sh 2>&1) || fail "as wanted, but not saved: $out"
  tell "done: $count changes, everything read again and found as wanted"
}

main
