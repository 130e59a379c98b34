# How every script begins. It travels as one word a line, read by whatever login shell there is: no single quote, no exclamation
# mark, a backslash only before a digit, no line over 800 bytes. It needs a POSIX sh with printf.
#
# Given: m e  the halves of the nonce, never joined in the command, so that an echo of the command is no answer
#
# Said on stdout and stderr, since an rc file can turn either away, each on a line of its own after the nonce; first: start

# What an rc file may have exported: SHELLOPTS, locale, grep's colours.
set +e +u +x +C -f
LC_ALL=C
export LC_ALL
unset CDPATH GREP_OPTIONS
umask 077
T=$(printf "\011")
N=$(printf "\012.")
N=${N%.}
IFS=" $T$N"
tell() {
    printf "\012%s%s %s\012" "$m" "$e" "$1"
    printf "\012%s%s %s\012" "$m" "$e" "$1" >&2
}
# Ends, whether or not anybody hears it: with stderr closed tell fails, and a dry run would go on to write.
finish() {
    tell "$1"
    exit 0
}
fail() {
    set -- $1
    tell "no $*"
    exit 1
}
tell start
