# Makes the jail and becomes its first process. Runs inside fresh namespaces, still with the outer file system.
# $1 root of the jail, $2 busybox, $3 host name, $4 extra mount options, then triples: kind, source, target.
set -e
root=$1 bb=$2 name=$3 extra=$4
shift 4
# The outer /proc still counts processes as the outside does.
read -r pid rest </proc/self/stat
"$bb" mount -n --bind "$root" "$root"
while [ $# -ge 3 ]; do
    "$bb" mount -n --bind "$2" "$root$3"
    case $1 in
    ro) "$bb" mount -n -o remount,bind,ro,nosuid,nodev "$root$3" ;;
    rw) "$bb" mount -n -o "remount,bind,nosuid,nodev$extra" "$root$3" ;;
    esac
    shift 3
done
"$bb" mount -n -o "remount,bind,nosuid,nodev$extra" "$root"
# A container may forbid a /proc of one's own; everything but ps works without.
"$bb" mount -n -t proc proc "$root/proc" 2>/dev/null || :
"$bb" hostname "$name"
cd "$root"
"$bb" pivot_root . .old
exec /lib/esxi-sim/busybox sh -c '
cd /
/lib/esxi-sim/busybox umount -l /.old
/lib/esxi-sim/busybox rmdir /.old
echo jailed
exec /sbin/init "$0"' "$pid"
