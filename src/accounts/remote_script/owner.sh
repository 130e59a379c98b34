# For root: nothing on the way to a file may belong to another user, who could put a symlink there at any moment. Walks the path as
# the kernel does, symlinks included, and checks the owner of each step.
#
# Given: is_forced  1 to go on regardless
refuse_foreign() {
    [ "$is_forced" = 1 ] && return
    [ "$(id -u 2>/dev/null)" = 0 ] && command -v ls >/dev/null 2>&1 || return 0
    case $1 in /*) path_left=$1;; *) path_left=$PWD/$1;; esac
    path_done=
    links_seen=0
    while [ -n "$path_left" ]; do
        path_left=${path_left#/}
        path_step=${path_left%%/*}
        path_left=${path_left#"$path_step"}
        case $path_step in ""|.) continue;; ..) path_done=${path_done%/*}; continue;; esac
        path_done=$path_done/$path_step
        [ -e "$path_done" ] || [ -h "$path_done" ] || return 0
        set -- $(ls -ldn "$path_done" 2>/dev/null)
        [ "${3:-0}" = 0 ] || fail_with "foreign $3 $path_done"
        [ -h "$path_done" ] || continue
        links_seen=$((links_seen+1))
        link_target=$(readlink "$path_done" 2>/dev/null)
        [ -n "$link_target" ] && [ $links_seen -lt 40 ] || fail_with "foreign 0 $path_done"
        path_left=$link_target/$path_left
        case $link_target in /*) path_done=;; *) path_done=${path_done%/*};; esac
    done
}
