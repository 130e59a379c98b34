# Shows authorized_keys files as they are, with the permissions and owners that a server checks. It changes nothing and leaves
# nothing behind.
#
# It needs dd and wc, and uses ls and readlink if they exist.
#
# Given: given_paths  the files, one per line, as printf %b reads them
#        given_home   the home directory, at which the server stops checking permissions, in the same form
#        size_limit   how much of all the files is read, in bytes
#        to_stderr    1 to write their bytes to stderr instead of stdout
#
# Says:  look FILE | node PATH, then ls WORDS of ls -ldn: the file itself through its links, then its directories upward
#        context WORDS of ls -dZ | link | bytes N, then N bytes as they are, then end
#        state folder, FIFO, device, dangling, closed (its directory), missing, unreadable or large | and as the last word: done

need_tools dd wc
given_paths=$(printf "%b" "$given_paths")
given_home=$(printf "%b" "$given_home")
home_folder=$(cd -P "$given_home" >/dev/null 2>&1 && pwd -P)
enter_home
# Exactly the bytes that were counted, even if more are appended.
print_bytes() {
    whole_blocks=$((file_size/65536))
    last_bytes=$((file_size%65536))
    {
        [ $whole_blocks -eq 0 ] || dd bs=65536 count=$whole_blocks
        [ $last_bytes -eq 0 ] || dd bs=$last_bytes count=1
    } <"$file_path"
}
show_file() {
    say_line "look $1"
    case $1 in /*) file_path=$1;; *) file_path=./$1;; esac
    file_folder=${file_path%/*}
    file_folder=${file_folder:-/}
    [ -d "$file_folder" ] || { say_line "state missing"; return; }
    file_folder=$(cd -P "$file_folder" >/dev/null 2>&1 && pwd -P)
    [ -n "$file_folder" ] || { say_line "state closed"; return; }
    node_path=${file_folder%/}/${file_path##*/}
    if [ -h "$file_path" ]; then
        say_line link
        real_path=$(readlink -f "$file_path" 2>/dev/null)
        node_path=${real_path:-$node_path}
    fi
    [ -e "$file_path" ] && say_line "context $(ls -dZ "$node_path" 2>/dev/null)"
    [ -e "$file_path" ] || node_path=$file_folder
    while :; do
        say_line "node $node_path"
        say_line "ls $(ls -ldn "$node_path" 2>/dev/null)"
        case $node_path in "$home_folder"|/) break;; esac
        node_path=${node_path%/*}
        node_path=${node_path:-/}
    done
    if [ -f "$file_path" ]; then
        [ -r "$file_path" ] || { say_line "state unreadable"; return; }
        file_size=$(wc -c <"$file_path")
        file_size=$((file_size))
        [ $file_size -le $size_limit ] || { say_line "state large"; return; }
        size_limit=$((size_limit-file_size))
        say_line "bytes $file_size"
        if [ "$to_stderr" = 1 ]; then print_bytes 3>&2 2>/dev/null >&3; else print_bytes 2>/dev/null; fi
        say_line end
    elif [ -d "$file_path" ]; then say_line "state folder"
    elif [ -p "$file_path" ]; then say_line "state FIFO"
    elif [ -e "$file_path" ]; then say_line "state device"
    elif [ -h "$file_path" ]; then say_line "state dangling"
    else say_line "state missing"
    fi
}
IFS=$new_line
set -- $given_paths
IFS=" $tab_char$new_line"
for one_path do show_file "$one_path"; done
finish_with done
