# Finds the existing file that is to be changed, and locks its directory.
#
# Given: given_path  the file, as printf %b reads it
need_tools dd wc
file_path=$(printf "%b" "$given_path")
case $file_path in /*) ;; *) enter_home; file_path=./$file_path;; esac
file_folder=${file_path%/*}
file_folder=${file_folder:-/}
refuse_foreign "$file_path"
[ -f "$file_path" ] || fail_with changed
lock_folder
# Opens the file once, as fd 6, and sets same_file to a name that is this file even if another one gets its name: Linux has such.
keep_open() {
    exec 6<"$file_path"
    same_file=/proc/$$/fd/6
    [ -f "$same_file" ] || same_file=$file_path
}
sync_file() {
    sync "$file_path" >/dev/null 2>&1 || sync >/dev/null 2>&1
}
