# How every script begins. A script is sent as one word per line, read by any login shell: no single quote, no
# exclamation mark, a backslash only before a digit, no line over 800 bytes. It needs a POSIX sh with printf.
#
# Every variable and function of a script has an underscore in its name, and nothing else has outside paths: source.rs finds the
# names by that and shortens them, since dropbear accepts 9000 bytes at most.
#
# Given: nonce_start nonce_end  the nonce in two parts, never joined in the command, so that an echo of the command is not an answer
#
# Says on stdout and on stderr, because an rc file can redirect either, each line after the nonce; the first is: start

# What an rc file may have exported: SHELLOPTS, locale, colors of grep.
set +e +u +x +C -f
LC_ALL=C
export LC_ALL
unset CDPATH GREP_OPTIONS
umask 077
tab_char=$(printf "\011")
new_line=$(printf "\012.")
new_line=${new_line%.}
IFS=" $tab_char$new_line"
say_line() {
    printf "\012%s%s %s\012" "$nonce_start" "$nonce_end" "$1"
    printf "\012%s%s %s\012" "$nonce_start" "$nonce_end" "$1" >&2
}
# Exits even if nobody can read the answer: with stderr closed say_line fails, and a dry run would go on to write.
finish_with() {
    say_line "$1"
    exit 0
}
fail_with() {
    set -- $1
    say_line "no $*"
    exit 1
}
say_line start
