# Finds the existing file that is to be changed, and locks its directory.
#
# Given: given_path  the file, as printf %b reads it
need_tools dd wc
file_path=$(printf "%b" "$given_path")
case $file_path in /*) ;; *) enter_home; file_path=./$file_path;; esac
file_folder=${file_path%/*}
file_folder=${file_folder:-/}
[ -f "$file_path" ] || fail_with changed
lock_folder
sync_file() {
    sync "$file_path" >/dev/null 2>&1 || sync >/dev/null 2>&1
}
