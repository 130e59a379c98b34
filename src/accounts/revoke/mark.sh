# Puts # on single bytes of an authorized_keys file, each the first of a line that holds the key or of the key's half of a glued line.
# src/revoke.rs says why so; src/remote_script.rs how it travels.
#
# It needs dd and wc; it uses flock and sync where they are. No other byte is written, and none moves: other programs may append
# meanwhile, the owner, mode, links and attributes stay, and there is no moment at which the file is short or missing.
#
# Given: p  the file, as printf %b reads it        t k  the key's type and base64 blob
#        o  where: one "AT END WHAT" a line, as printf %b reads it: the byte, the byte behind the blob, both from 0; line or half
#
# Says:  writing | marked AT | and as the last word: done, or no REASON DETAIL

for x in dd wc; do command -v $x >/dev/null 2>&1 || fail "tool $x"; done
f=$(printf "%b" "$p")
case $f in /*) ;; *) { [ -n "$HOME" ] && cd "$HOME" >/dev/null 2>&1; } || fail "home $HOME"; f=./$f;; esac
d=${f%/*}
d=${d:-/}
[ -f "$f" ] || fail changed
lock
x=$( (: 7<>"$f") 2>&1 ) || fail "write $x"
# From here on a lost connection stops nothing.
trap "" 1 2 13 15
tell writing
# Whether what was read there is there still: the start of a line, or the key type; no newline up to the blob; the blob.
is_there() {
    b=$1
    [ $b -gt 0 ] && b=$((b-1))
    x=$(dd bs=1 skip=$b count=$(($2-b)) <&8 2>/dev/null; printf .)
    case $3$x in
        line"$N"*"$k".) [ $1 -gt 0 ] || return 1; y=1;;
        line*"$k".) [ $1 -eq 0 ] || return 1; y=0;;
        half*"$t"*"$k".) y=0; case $x in "$N"*) y=1;; esac;;
        *) return 1;;
    esac
    [ $(printf "%s" "$x" | wc -l) -eq $y ]
}
o=$(printf "%b" "$o")
IFS=$N
set -- $o
IFS=" $T$N"
for z do
    set -- $z
    # Both on one file, whatever takes its name meanwhile.
    exec 8<"$f" 7<>"$f"
    is_there $1 $2 $3 || fail changed
    x=$(printf "#" | dd bs=1 seek=$1 conv=notrunc 2>&1 >&7) || fail "write $x"
    tell "marked $1"
done
sync "$f" >/dev/null 2>&1 || sync >/dev/null 2>&1
finish done
