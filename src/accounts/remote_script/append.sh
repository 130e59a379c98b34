# Adds one key line at the end of the account's authorized_keys file; src/accounts/install.rs says what it promises.
#
# It needs dd and wc; mkdir if the directory is missing. It uses tr and grep (for speed), flock, sync, chmod, id, ls, readlink, uname
# and restorecon if they exist.
#
# Given: key_type key_blob  the key's type and base64 blob
#        key_comment        its comment, as printf %b reads it
#        given_path         the file, as printf %b reads it; empty for the default one
#        other_files        other files that the server reads, one per line, in the same form: if the key is in one of them, nothing is written
#        skip_lines         the number of the line of the file after which the search begins: the lines up to it do not count
#        dry_run            1 to change nothing
#
# Says:  file PATH | made folder | writing | made file
#        and as the last word: installed [newline] | present LINE OPTIONS | would | no REASON DETAIL

carriage_return=$(printf "\015")
nul_stand_in=$(printf "\001")
back_slash=$(printf "\134")
double_quote=$(printf "\042")
need_tools dd wc

file_path=$(printf "%b" "$given_path")
case $file_path in /*) ;; *) enter_home;; esac
if [ -z "$file_path" ]; then
    file_path=.ssh/authorized_keys
    [ "$(uname 2>/dev/null)" = Haiku ] && file_path=config/settings/ssh/authorized_keys
    [ -f /etc/openwrt_release ] && [ -d /etc/dropbear ] && [ "$(id -u 2>/dev/null)" = 0 ] && file_path=/etc/dropbear/authorized_keys
fi
case $file_path in /*) say_line "file $file_path";; *) say_line "file ~/$file_path"; file_path=./$file_path;; esac
file_folder=${file_path%/*}
file_folder=${file_folder:-/}
refuse_foreign "$file_path"

if [ -d "$file_folder" ]; then :
elif [ -e "$file_folder" ] || [ -h "$file_folder" ]; then fail_with folder-kind
elif [ "$dry_run" = 1 ]; then
    above_it=$file_folder
    until [ -e "$above_it" ]; do case $above_it in */*/*) above_it=${above_it%/*};; /*) above_it=/;; *) above_it=.;; esac; done
    [ -d "$above_it" ] && [ -w "$above_it" ] && [ -x "$above_it" ] || fail_with write
else
    tool_words=$(mkdir -p "$file_folder" 2>&1) || fail_with "write $tool_words"
    chmod 700 "$file_folder" 2>/dev/null
    say_line "made folder"
fi

[ "$dry_run" = 1 ] || lock_folder

# Succeeds if the key is active in $line_text, and sets line_options to its options. As sshd(8) reads a line: [options] type blob
# [comment]. A NUL, which arrives as a 1, ends the line; a quote after a backslash does not count; a key after cert-authority cannot
# log in.
has_key() {
    line_text=${line_text%%"$nul_stand_in"*}
    line_text=${line_text%"$carriage_return"}
    line_options=
    IFS=" $tab_char"
    set -- $line_text
    [ "$1 $2" = "$key_type $key_blob" ] && return
    case $1 in "#"*) return 1;; esac
    line_text="${line_text#"${line_text%%"$1"*}"} "
    IFS=$double_quote
    set -- $line_text
    parts_left=$#
    in_quotes=0
    unquoted_text=
    for line_part do
        parts_left=$((parts_left-1))
        case $in_quotes$line_part in 0*" "*|0*"$tab_char"*)
            line_options=$line_options${line_part%%[" $tab_char"]*}
            case ,$unquoted_text${line_part%%[" $tab_char"]*}, in *,[cC][eE][rR][tT]-[aA][uU][tT][hH][oO][rR][iI][tT][yY],*) return 1;; esac
            # A quote right after the blob becomes part of it and makes it invalid.
            case $parts_left$line_part in 0*) ;; *"$key_blob") return 1;; esac
            IFS=" $tab_char"
            set -- ${line_part#*[" $tab_char"]}
            [ "$1 $2" = "$key_type $key_blob" ]
            return
        ;; esac
        [ $in_quotes = 0 ] && unquoted_text=$unquoted_text$line_part
        case $line_part in *"$back_slash") ;; *) in_quotes=$((1-in_quotes));; esac
        line_options=$line_options$line_part$double_quote
    done
    return 1
}
print_if_found() {
    [ $line_number -gt $skip_lines ] && has_key || return
    [ ${#line_options} -gt 4000 ] && line_options=...
    printf "%s %s" "$line_number" "$line_options"
}

# Prints the number and the options of the first line of $file_path in which the key is active; nothing if there is none. grep is
# used only if it proves that it can; otherwise every line goes through the shell. Shells drop a NUL or stop at it, so tr replaces
# them first.
find_key() {
    { tr "\000" "\001" <"$file_path" || dd if="$file_path" bs=65536; } 2>/dev/null | if printf "\377%s\012" "$key_blob" | grep -anF -e "$key_blob" >/dev/null 2>&1; then
        grep -anF -e "$key_blob" 2>/dev/null | while IFS= read -r line_text; do
            line_number=${line_text%%:*}
            line_text=${line_text#*:}
            print_if_found && break
        done
    else
        line_number=0
        while IFS= read -r line_text || [ -n "$line_text" ]; do
            line_number=$((line_number+1))
            case $line_text in *"$key_blob"*) print_if_found && break;; esac
        done
    fi
}
is_new=
if [ -f "$file_path" ]; then
    [ -r "$file_path" ] || fail_with unreadable
    found_line=$(find_key)
    [ -n "$found_line" ] && finish_with "present $found_line"
    tool_words=$( (: >>"$file_path") 2>&1 ) || fail_with "write $tool_words"
elif [ -d "$file_path" ]; then fail_with "kind folder"
elif [ -p "$file_path" ]; then fail_with "kind FIFO"
elif [ -e "$file_path" ]; then fail_with "kind device"
elif [ -h "$file_path" ]; then fail_with "kind dangling"
else
    is_new=1
    [ "$dry_run" = 1 ] && [ -d "$file_folder" ] && { [ -w "$file_folder" ] && [ -x "$file_folder" ] || fail_with write; }
fi

target_path=$file_path
skip_in_target=$skip_lines
skip_lines=0
IFS=$new_line
set -- $(printf "%b" "$other_files")
IFS=" $tab_char$new_line"
for file_path do
    [ -f "$file_path" ] || continue
    found_line=$(find_key)
    [ -n "$found_line" ] || continue
    case $file_path in /*) ;; *) file_path="~/$file_path";; esac
    say_line "file $file_path"
    finish_with "present $found_line"
done
file_path=$target_path
skip_lines=$skip_in_target
[ "$dry_run" = 1 ] && finish_with would

key_line="$key_type $key_blob"
[ -n "$key_comment" ] && key_line="$key_line $(printf "%b" "$key_comment")"
# From here on a lost connection stops nothing: a partial line is always removed again.
trap "" 1 2 13 15
say_line writing
for write_try in 1 2 3; do
    old_size=0
    if [ -f "$file_path" ]; then
        old_size=$(wc -c <"$file_path") || fail_with unreadable
        old_size=$((old_size))
    fi
    missing_newline=
    [ "$old_size" -gt 0 ] && [ $(dd if="$file_path" bs=1 skip=$((old_size-1)) count=1 2>/dev/null | wc -l) -eq 0 ] && missing_newline=$new_line
    new_bytes=$missing_newline$key_line$new_line
    # obs alone makes dd gather what the shell may deliver in pieces, and write once.
    tool_words=$( { printf "%s" "$new_bytes" | dd obs=65536 >>"$file_path"; } 2>&1 )
    write_status=$?
    if [ "$is_new" = 1 ] && [ -f "$file_path" ]; then
        is_new=
        chmod 600 "$file_path" 2>/dev/null
        PATH=$PATH:/sbin restorecon "$file_folder" "$file_path" >/dev/null 2>&1
        say_line "made file"
    fi
    [ -f "$file_path" ] || fail_with "write $tool_words"
    sync "$file_path" >/dev/null 2>&1 || sync >/dev/null 2>&1
    file_tail=$(dd if="$file_path" bs=1 skip=$old_size 2>/dev/null; printf .)
    file_tail=${file_tail%.}
    case $file_tail in "$new_bytes"*|*"$new_line$key_line$new_line"*) finish_with "installed${missing_newline:+ newline}";; esac
    case $new_bytes in "$file_tail"*)
        if [ -n "$file_tail" ]; then
            # Only our own bytes are removed, and only while they are the last ones.
            [ $(wc -c <"$file_path") -eq $((old_size+${#file_tail})) ] && dd if=/dev/null of="$file_path" bs=1 seek=$old_size 2>/dev/null
            [ $(wc -c <"$file_path") -eq $old_size ] || fail_with partial-line
            fail_with "write $tool_words"
        fi
        [ $write_status = 0 ] || fail_with "write $tool_words"
    ;; esac
    # Another program replaced the file, or wrote to it after its end was read and before our write.
    [ -n "$(find_key)" ] && finish_with installed
done
fail_with concurrent-change
