# Takes lines that were put out of force out of an authorized_keys file, by a copy beside it that takes its name.
#
# A copy can lose what another program appends meanwhile, so after the renaming the old file is looked at again, twice, and what came
# is appended to the new one. It needs dd, wc, ls, cp and mv; it uses flock, sync and restorecon where they are.
#
# Given: p  the file, as printf %b reads it        k  the key's base64 blob        s  the file's size when it was read; it may have grown
#        o  the lines: one "START LENGTH" a line, as printf %b reads it, in bytes from 0, with their newlines, in order
#
# Says:  writing | dropped | and as the last word: done, or no REASON DETAIL

for x in dd wc ls cp mv; do command -v $x >/dev/null 2>&1 || fail "tool $x"; done
f=$(printf "%b" "$p")
case $f in /*) ;; *) { [ -n "$HOME" ] && cd "$HOME" >/dev/null 2>&1; } || fail "home $HOME"; f=./$f;; esac
d=${f%/*}
d=${d:-/}
[ -f "$f" ] || fail changed
lock
set -- $(ls -di "$f")
u=$1
exec 8<"$f"
[ $(wc -c <"$f") -ge $s ] || fail changed
o=$(printf "%b" "$o")
IFS=$N
set -- $o
IFS=" $T$N"
# Each is still a marked line of the key, and no more than that.
r=0
for z do
    set -- $z
    r=$((r+$2))
    x=$(dd if="$f" bs=1 skip=$1 count=$2 2>/dev/null; printf .)
    case $x in "#"*"$k"*) ;; *) fail changed;; esac
    [ $(printf "%s" "$x" | wc -l) -le 1 ] || fail changed
done
c=$f.$m
trap "" 1 2 13 15
tell writing
x=$( (set -C; : >"$c") 2>&1 ) || fail "write $x"
undo() {
    rm -f "$c"
    fail "$1"
}
# The copy's owner, mode and attributes are the file's.
cp -a "$f" "$c" 2>/dev/null || cp -p "$f" "$c" 2>/dev/null || undo "write no copy could be made"
(: >"$c") 2>/dev/null || undo "write no copy could be made"
give() {
    a=$(($1/65536))
    b=$(($1%65536))
    [ $a -eq 0 ] || dd bs=65536 count=$a <&8 2>/dev/null >>"$c"
    [ $b -eq 0 ] || dd bs=$b count=1 <&8 2>/dev/null >>"$c"
}
i=0
IFS=$N
set -- $o
IFS=" $T$N"
for z do
    set -- $z
    give $(($1-i))
    dd bs=$2 count=1 <&8 >/dev/null 2>&1
    i=$(($1+$2))
done
give $((s-i))
[ $(wc -c <"$c") -eq $((s-r)) ] || undo "write the copy came out short"
sync "$c" >/dev/null 2>&1 || sync >/dev/null 2>&1
set -- $(ls -di "$f")
[ "$1" = "$u" ] && [ $(wc -c <"$f") -ge $s ] || undo changed
x=$(mv -f "$c" "$f" 2>&1) || undo "write $x"
tell dropped
dd bs=65536 <&8 2>/dev/null >>"$f"
sleep 1
dd bs=65536 <&8 2>/dev/null >>"$f"
PATH=$PATH:/sbin restorecon "$f" >/dev/null 2>&1
sync "$f" >/dev/null 2>&1 || sync >/dev/null 2>&1
finish done
