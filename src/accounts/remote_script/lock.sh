# Locks $file_folder until the script ends. The directory, because a lock on the file is lost when the file is replaced.
#
# ksh keeps fd 9 from flock unless the redirection is repeated. If flock prints anything, it is first an old busybox without -w, then
# a file system without locks; if it fails silently, another program holds the lock.
lock_folder() {
    [ -r "$file_folder" ] && command -v flock >/dev/null 2>&1 || return 0
    exec 9<"$file_folder"
    flock_option=-w15
    lock_tries=0
    until flock_words=$(flock $flock_option 9 2>&1 9<&9); do
        if [ -n "$flock_words" ]; then
            [ $flock_option = -n ] && break
            flock_option=-n
        else
            lock_tries=$((lock_tries+1))
            [ $flock_option = -n ] && [ $lock_tries -lt 15 ] || fail_with locked
            sleep 1
        fi
    done
}
