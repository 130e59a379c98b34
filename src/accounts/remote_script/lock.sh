# Locks the folder $d until the script ends: the file can be replaced under a lock of its own. ksh keeps fd 9 from flock unless it is
# named again. Words from flock mean an old busybox without -w, then a file system without locks; silence means that somebody holds it.
lock() {
    [ -r "$d" ] && command -v flock >/dev/null 2>&1 || return 0
    exec 9<"$d"
    w=-w15
    i=0
    until x=$(flock $w 9 2>&1 9<&9); do
        if [ -n "$x" ]; then
            [ $w = -n ] && break
            w=-n
        else
            i=$((i+1))
            [ $w = -n ] && [ $i -lt 15 ] || fail locked
            sleep 1
        fi
    done
}
