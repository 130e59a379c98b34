# Disables lines of an authorized_keys file: writes # over single bytes, each the first of a line that holds the key, or the first
# of the key itself if another key precedes it on the same line. src/accounts/revoke.rs says why.
#
# It needs dd and wc; it uses flock and sync if they exist. No other byte is written and none moves: other programs may append at
# the same time, the owner, permissions, links and attributes stay, and at no moment is the file short or missing.
#
# Given: key_type key_blob  the key's type and base64 blob
#        given_marks        one "AT END SCOPE" a line, as printf %b reads it: the byte, the byte after the blob, both from 0;
#                           line or part
#
# Says:  writing | marked AT | and as the last word: done, or no REASON DETAIL

tool_words=$( (: 7<>"$file_path") 2>&1 ) || fail_with "write $tool_words"
# From here on a lost connection stops nothing.
trap "" 1 2 13 15
say_line writing
keep_open
# Whether the file still has what was read there: the start of a line, or the key type; no newline up to the blob; the blob.
is_unchanged() {
    read_start=$1
    [ $read_start -gt 0 ] && read_start=$((read_start-1))
    file_bytes=$(dd bs=1 skip=$read_start count=$(($2-read_start)) <&8 2>/dev/null; printf .)
    case $3$file_bytes in
        line"$new_line"*"$key_blob".) [ $1 -gt 0 ] || return 1; newline_count=1;;
        line*"$key_blob".) [ $1 -eq 0 ] || return 1; newline_count=0;;
        part*"$key_type"*"$key_blob".) newline_count=0; case $file_bytes in "$new_line"*) newline_count=1;; esac;;
        *) return 1;;
    esac
    [ $(printf "%s" "$file_bytes" | wc -l) -eq $newline_count ]
}
given_marks=$(printf "%b" "$given_marks")
IFS=$new_line
set -- $given_marks
IFS=" $tab_char$new_line"
for one_mark do
    set -- $one_mark
    exec 8<"$same_file" 7<>"$same_file"
    is_unchanged $1 $2 $3 || fail_with changed
    tool_words=$(printf "#" | dd bs=1 seek=$1 conv=notrunc 2>&1 >&7) || fail_with "write $tool_words"
    say_line "marked $1"
done
sync_file
finish_with done
