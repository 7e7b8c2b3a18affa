# The stage for the tests of routed.rs, run by bash in namespaces of its own. The rest of the script is the test's.
#
#   guest [ens192] -- [ens224] router [ens192] -- [wire] provider [core] -- [core] world
#
# or, with `wire_direct`, the guest on the provider's wire. The provider answers for its own addresses on that wire
# only, so that a guest that takes everything for its neighbour gets nowhere.
set -eu
mount -t tmpfs none /run
mkdir /run/netns /run/network

on() {
  local name=$1
  shift
  nsenter --net=/run/netns/"$name" "$@"
}
# Both ends of a wire: namespace, card, namespace, card.
wire() {
  ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
}
# What a file of ifupdown says, done by ifupdown.
configure() {
  mkdir -p /run/network/"$1"
  on "$1" "$IFUP" -a -i "$2" --no-loopback --no-scripts --state-dir /run/network/"$1"
}
# Namespace, address, further words for ping.
pings() {
  on "$1" busybox ping -c 1 -W 10 "${@:3}" "$2" >/dev/null || { echo "$* does not arrive"; state; exit 1; }
}
# Nothing comes back within a second; what does come back comes in a millisecond.
is_silent() {
  ! on "$1" busybox ping -c 1 -W 1 "${@:3}" "$2" >/dev/null 2>&1 || { echo "$* arrives"; state; exit 1; }
}
# Namespace, address, port, seconds. Nobody listens: a refusal is what shows that the packet went there and the answer
# came back.
tcp() {
  on "$1" timeout "$4" bash -c "exec 3<>/dev/tcp/$2/$3" 2>&1 | grep -q refused
}
tcp_arrives() { tcp "$@" 10 || { echo "$* does not arrive"; state; exit 1; }; }
tcp_is_dropped() { ! tcp "$@" 1 || { echo "$* arrives"; state; exit 1; }; }
state() {
  local name
  for name in guest router provider; do
    echo "--- $name"
    on "$name" ip address
    on "$name" ip route
    on "$name" ip -6 route
  done
  on router "$NFT" list ruleset
}

for name in guest router provider world; do
  ip netns add $name
  on $name ip link set lo up
  # An address is usable at once: there is nobody to have it twice.
  on $name sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
done
wire provider core world core
on provider sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.arp_ignore=1
on provider ip link set core up
on world ip link set core up
on provider ip address add 198.18.0.254/24 dev core
on provider ip address add 2001:db8:18::fe/64 dev core
on world ip address add 198.18.0.1/24 dev core
on world ip address add 2001:db8:18::1/64 dev core
on world ip route add default via 198.18.0.254
on world ip route add default via 2001:db8:18::fe

# The provider's side of the wire.
provider_has() {
  on provider ip link set wire up
  local address
  for address; do
    on provider ip address add "$address" dev wire
  done
}
wire_direct() {
  wire guest ens192 provider wire
}
wire_routed() {
  wire guest ens192 router ens224
  wire router ens192 provider wire
  on router ip link set ens192 address 00:50:56:0a:0b:0c
}
# The router as its files say, in their order.
start_router() {
  on router "$NFT" -f nftables.conf
  configure router router
  on router sysctl -q -p 60-router.conf
}
open_router() {
  sed -i 's/# iifname/iifname/' nftables.conf
  on router "$NFT" -f nftables.conf
}
