# Puts one key line at the end of an account's authorized_keys; src/install.rs says what it promises, src/remote_script.rs how it travels.
#
# Beyond what src/remote_script/preamble.sh needs it needs dd and wc; mkdir where the folder is missing. It uses tr and grep
# (speed), flock, sync, chmod, id, uname and restorecon where they are.
#
# Given: t k  the key's type and base64 blob        c  its comment, as printf %b reads it
#        p    the file, as printf %b reads it; empty for the usual place        n  1 to change nothing
#        g    other files that the server reads, one a line, likewise: where the key is in one of them, nothing is written
#        j    the number of the line of p behind which the look begins: those before are known not to count
#
# Says:  file PATH | made folder | writing | made file
#        and as the last word: installed [mended] | present LINE OPTIONS | would | no REASON DETAIL

R=$(printf "\015")
A=$(printf "\001")
B=$(printf "\134")
Q=$(printf "\042")
for x in dd wc; do command -v $x >/dev/null 2>&1 || fail "tool $x"; done

# A home that is missing is never replaced by the folder the shell happens to be in.
f=$(printf "%b" "$p")
case $f in /*) ;; *) { [ -n "$HOME" ] && cd "$HOME" >/dev/null 2>&1; } || fail "home $HOME";; esac
if [ -z "$f" ]; then
    f=.ssh/authorized_keys
    [ "$(uname 2>/dev/null)" = Haiku ] && f=config/settings/ssh/authorized_keys
    [ -f /etc/openwrt_release ] && [ -d /etc/dropbear ] && [ "$(id -u 2>/dev/null)" = 0 ] && f=/etc/dropbear/authorized_keys
fi
case $f in /*) tell "file $f";; *) tell "file ~/$f"; f=./$f;; esac
d=${f%/*}
d=${d:-/}

if [ -d "$d" ]; then :
elif [ -e "$d" ] || [ -h "$d" ]; then fail folder-kind
elif [ "$n" = 1 ]; then
    x=$d
    until [ -e "$x" ]; do case $x in */*/*) x=${x%/*};; /*) x=/;; *) x=.;; esac; done
    [ -d "$x" ] && [ -w "$x" ] && [ -x "$x" ] || fail write
else
    x=$(mkdir -p "$d" 2>&1) || fail "write $x"
    chmod 700 "$d" 2>/dev/null
    tell "made folder"
fi

[ "$n" = 1 ] || lock

# Sets o to the options where the key is in force in line $x, as sshd(8) reads it: [options] type blob [comment]. A NUL, which
# comes as a 1, ends the line; a quote after a backslash is none; behind cert-authority it is no key to log in with.
judge() {
    x=${x%%"$A"*}
    x=${x%"$R"}
    o=
    IFS=" $T"
    set -- $x
    [ "$1 $2" = "$t $k" ] && return
    case $1 in "#"*) return 1;; esac
    x="${x#"${x%%"$1"*}"} "
    IFS=$Q
    set -- $x
    r=$#
    q=0
    u=
    for s do
        r=$((r-1))
        case $q$s in 0*" "*|0*"$T"*)
            o=$o${s%%[" $T"]*}
            case ,$u${s%%[" $T"]*}, in *,[cC][eE][rR][tT]-[aA][uU][tT][hH][oO][rR][iI][tT][yY],*) return 1;; esac
            # A quote right behind the blob belongs to it, and makes it none.
            case $r$s in 0*) ;; *"$k") return 1;; esac
            IFS=" $T"
            set -- ${s#*[" $T"]}
            [ "$1 $2" = "$t $k" ]
            return
        ;; esac
        [ $q = 0 ] && u=$u$s
        case $s in *"$B") ;; *) q=$((1-q));; esac
        o=$o$s$Q
    done
    return 1
}
hit() {
    [ $i -gt $j ] && judge || return
    [ ${#o} -gt 4000 ] && o=...
    printf "%s %s" "$i" "$o"
}

# The number and the options of the first line that has the key in force; nothing where there is none. grep only where it shows
# that it can: otherwise every line passes through the shell. Shells drop a NUL, or stop at it, so tr takes them out first.
look() {
    { tr "\000" "\001" <"$f" || dd if="$f" bs=65536; } 2>/dev/null | if printf "\377%s\012" "$k" | grep -anF -e "$k" >/dev/null 2>&1; then
        grep -anF -e "$k" 2>/dev/null | while IFS= read -r x; do
            i=${x%%:*}
            x=${x#*:}
            hit && break
        done
    else
        i=0
        while IFS= read -r x || [ -n "$x" ]; do
            i=$((i+1))
            case $x in *"$k"*) hit && break;; esac
        done
    fi
}
new=
if [ -f "$f" ]; then
    [ -r "$f" ] || fail unreadable
    x=$(look)
    [ -n "$x" ] && finish "present $x"
    x=$( (: >>"$f") 2>&1 ) || fail "write $x"
elif [ -d "$f" ]; then fail "kind folder"
elif [ -p "$f" ]; then fail "kind FIFO"
elif [ -e "$f" ]; then fail "kind device"
elif [ -h "$f" ]; then fail "kind dangling"
else
    new=1
    [ "$n" = 1 ] && [ -d "$d" ] && { [ -w "$d" ] && [ -x "$d" ] || fail write; }
fi

y=$f
a=$j
j=0
IFS=$N
set -- $(printf "%b" "$g")
IFS=" $T$N"
for z do
    f=$z
    [ -f "$f" ] || continue
    x=$(look)
    [ -n "$x" ] || continue
    case $f in /*) ;; *) f="~/$f";; esac
    tell "file $f"
    finish "present $x"
done
f=$y
j=$a
[ "$n" = 1 ] && finish would

l="$t $k"
[ -n "$c" ] && l="$l $(printf "%b" "$c")"
# From here on a lost connection stops nothing: a torn line is always taken back.
trap "" 1 2 13 15
tell writing
for a in 1 2 3; do
    s=0
    if [ -f "$f" ]; then
        s=$(wc -c <"$f") || fail unreadable
        s=$((s))
    fi
    b=
    [ "$s" -gt 0 ] && [ $(dd if="$f" bs=1 skip=$((s-1)) count=1 2>/dev/null | wc -l) -eq 0 ] && b=$N
    w=$b$l$N
    # obs alone makes dd gather what the shell may hand over in pieces, and write once.
    x=$( { printf "%s" "$w" | dd obs=65536 >>"$f"; } 2>&1 )
    z=$?
    if [ "$new" = 1 ] && [ -f "$f" ]; then
        new=
        chmod 600 "$f" 2>/dev/null
        PATH=$PATH:/sbin restorecon "$d" "$f" >/dev/null 2>&1
        tell "made file"
    fi
    [ -f "$f" ] || fail "write $x"
    sync "$f" >/dev/null 2>&1 || sync >/dev/null 2>&1
    v=$(dd if="$f" bs=1 skip=$s 2>/dev/null; printf .)
    v=${v%.}
    case $v in "$w"*|*"$N$l$N"*) finish "installed${b:+ mended}";; esac
    case $w in "$v"*)
        if [ -n "$v" ]; then
            # Only our own bytes are taken back, and only while they are the last.
            [ $(wc -c <"$f") -eq $((s+${#v})) ] && dd if=/dev/null of="$f" bs=1 seek=$s 2>/dev/null
            [ $(wc -c <"$f") -eq $s ] || fail "torn $x"
            fail "write $x"
        fi
        [ $z = 0 ] || fail "write $x"
    ;; esac
    # Somebody replaced the file, or put bytes between the look at its end and the write.
    [ -n "$(look)" ] && finish installed
done
fail "unsettled $x"
