# Shows authorized_keys files as they are, with the modes and owners that a server looks at. It changes nothing and leaves nothing.
#
# It needs dd and wc, and uses ls and readlink where they are.
#
# Given: p  the files, one a line, as printf %b reads them        h  the home folder, where the server stops to look at modes, likewise
#        w  1 to write their bytes to stderr instead of stdout
#
# Says:  look FILE | node PATH, then ls WORDS of ls -ldn: the file itself through its links, and its folders upward
#        context WORDS of ls -dZ | link | bytes N, then N bytes as they are, then end
#        state folder, FIFO, device, dangling, closed (its folder), missing, unreadable or large | and as the last word: done

for x in dd wc; do command -v $x >/dev/null 2>&1 || fail "tool $x"; done
p=$(printf "%b" "$p")
h=$(printf "%b" "$h")
h=$(cd -P "$h" >/dev/null 2>&1 && pwd -P)
{ [ -n "$HOME" ] && cd "$HOME" >/dev/null 2>&1; } || fail "home $HOME"
# So many bytes as were counted, whatever is appended meanwhile.
give() {
    a=$((s/65536))
    b=$((s%65536))
    {
        [ $a -eq 0 ] || dd bs=65536 count=$a
        [ $b -eq 0 ] || dd bs=$b count=1
    } <"$f"
}
look() {
    tell "look $1"
    case $1 in /*) f=$1;; *) f=./$1;; esac
    d=${f%/*}
    d=${d:-/}
    [ -d "$d" ] || { tell "state missing"; return; }
    d=$(cd -P "$d" >/dev/null 2>&1 && pwd -P)
    [ -n "$d" ] || { tell "state closed"; return; }
    x=${d%/}/${f##*/}
    if [ -h "$f" ]; then
        tell link
        r=$(readlink -f "$f" 2>/dev/null)
        x=${r:-$x}
    fi
    [ -e "$f" ] && tell "context $(ls -dZ "$x" 2>/dev/null)"
    [ -e "$f" ] || x=$d
    while :; do
        tell "node $x"
        tell "ls $(ls -ldn "$x" 2>/dev/null)"
        case $x in "$h"|/) break;; esac
        x=${x%/*}
        x=${x:-/}
    done
    if [ -f "$f" ]; then
        [ -r "$f" ] || { tell "state unreadable"; return; }
        s=$(wc -c <"$f")
        s=$((s))
        [ $s -le 16777216 ] || { tell "state large"; return; }
        tell "bytes $s"
        if [ "$w" = 1 ]; then give 3>&2 2>/dev/null >&3; else give 2>/dev/null; fi
        tell end
    elif [ -d "$f" ]; then tell "state folder"
    elif [ -p "$f" ]; then tell "state FIFO"
    elif [ -e "$f" ]; then tell "state device"
    elif [ -h "$f" ]; then tell "state dangling"
    else tell "state missing"
    fi
}
IFS=$N
set -- $p
IFS=" $T$N"
for y do look "$y"; done
finish done
