# Removes disabled lines from an authorized_keys file: writes a copy beside it and renames the copy over it.
#
# A copy can lose what another program appends in the meantime, so after the renaming the old file is read again, twice, and what was
# appended to it is appended to the new one. It needs dd, wc, ls, cp and mv; it uses flock, sync and restorecon if they exist.
#
# Given: key_blob     the key's base64 blob
#        old_size     the file's size when it was read; it may have grown
#        given_lines  the lines: one "START LENGTH" per line, as printf %b reads it, in bytes from 0, with their newlines, in order
#
# Says:  writing | dropped | and as the last word: done, or no REASON DETAIL

need_tools ls cp mv
keep_open
set -- $(ls -Ldi "$same_file")
file_inode=$1
exec 8<"$same_file"
[ $(wc -c <"$same_file") -ge $old_size ] || fail_with changed
given_lines=$(printf "%b" "$given_lines")
IFS=$new_line
set -- $given_lines
IFS=" $tab_char$new_line"
# Each is still a disabled line of the key, and one line only.
dropped_bytes=0
for one_line do
    set -- $one_line
    dropped_bytes=$((dropped_bytes+$2))
    line_text=$(dd if="$same_file" bs=1 skip=$1 count=$2 2>/dev/null; printf .)
    case $line_text in "#"*"$key_blob"*) ;; *) fail_with changed;; esac
    [ $(printf "%s" "$line_text" | wc -l) -le 1 ] || fail_with changed
done
copy_path=$file_path.$nonce_start
trap "" 1 2 13 15
say_line writing
tool_words=$( (set -C; : >"$copy_path") 2>&1 ) || fail_with "write $tool_words"
undo_copy() {
    rm -f "$copy_path"
    fail_with "$1"
}
# The copy gets the file's owner, permissions and attributes.
cp -aL "$same_file" "$copy_path" 2>/dev/null || cp -p "$same_file" "$copy_path" 2>/dev/null || undo_copy "write no copy could be made"
(: >"$copy_path") 2>/dev/null || undo_copy "write no copy could be made"
copy_next() {
    whole_blocks=$(($1/65536))
    last_bytes=$(($1%65536))
    [ $whole_blocks -eq 0 ] || dd bs=65536 count=$whole_blocks <&8 2>/dev/null >>"$copy_path"
    [ $last_bytes -eq 0 ] || dd bs=$last_bytes count=1 <&8 2>/dev/null >>"$copy_path"
}
read_up_to=0
IFS=$new_line
set -- $given_lines
IFS=" $tab_char$new_line"
for one_line do
    set -- $one_line
    copy_next $(($1-read_up_to))
    dd bs=$2 count=1 <&8 >/dev/null 2>&1
    read_up_to=$(($1+$2))
done
copy_next $((old_size-read_up_to))
[ $(wc -c <"$copy_path") -eq $((old_size-dropped_bytes)) ] || undo_copy "write the copy is too short"
sync "$copy_path" >/dev/null 2>&1 || sync >/dev/null 2>&1
set -- $(ls -di "$file_path")
[ "$1" = "$file_inode" ] && [ $(wc -c <"$same_file") -ge $old_size ] || undo_copy changed
tool_words=$(mv -f "$copy_path" "$file_path" 2>&1) || undo_copy "write $tool_words"
say_line dropped
dd bs=65536 <&8 2>/dev/null >>"$file_path"
sleep 1
dd bs=65536 <&8 2>/dev/null >>"$file_path"
PATH=$PATH:/sbin restorecon "$file_path" >/dev/null 2>&1
sync_file
finish_with done
