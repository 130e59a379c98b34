# Says who the account is and which authorized_keys files its server reads; src/accounts/survey.rs says why. It changes nothing and
# leaves nothing behind.
#
# It uses id, getent, uname, getenforce, ps, tr and sshd if they exist.
#
# Given: login_name  the user who logged in, as printf %b reads it
#        is_sshd     1 if the server is an sshd
#        host_key    a throw-away host key, as printf %b reads it: without one sshd -T fails for an account that is not root
#
# Says:  uid N | gid N | home FOLDER (where the login begins) | passwd FOLDER (of the user database)
#        place FILE (of this system) | enforcing (SELinux) | config FILE (that sshd was started with) | sshd KEYWORD VALUE (of sshd -T)
#        unread WORDS (why sshd -T failed) | and as the last word: done

login_name=$(printf "%b" "$login_name")
say_line "uid $(id -u 2>/dev/null)"
say_line "gid $(id -g 2>/dev/null)"
say_line "home $HOME"
passwd_line=$(getent passwd "$login_name" 2>/dev/null) || passwd_line=
if [ -z "$passwd_line" ] && [ -r /etc/passwd ]; then
    while IFS= read -r one_line; do case $one_line in "$login_name:"*) passwd_line=$one_line;; esac; done </etc/passwd
fi
passwd_line=${passwd_line%:*}
say_line "passwd ${passwd_line##*:}"
[ "$(uname 2>/dev/null)" = Haiku ] && say_line "place config/settings/ssh/authorized_keys"
[ -f /etc/openwrt_release ] && [ -d /etc/dropbear ] && [ "$(id -u 2>/dev/null)" = 0 ] && say_line "place /etc/dropbear/authorized_keys"
[ "$(PATH=$PATH:/usr/sbin:/sbin; getenforce 2>/dev/null)" = Enforcing ] && say_line enforcing
[ "$is_sshd" = 1 ] || finish_with done

# The sshd that listens is an ancestor of this shell, and its title shows how it was started.
process_id=$$
steps_up=0
sshd_path=
sshd_options=
while [ "$process_id" -gt 1 ] && [ $steps_up -lt 20 ]; do
    steps_up=$((steps_up+1))
    if [ -r /proc/$process_id/stat ]; then
        process_title=$(tr "\000" " " </proc/$process_id/cmdline 2>/dev/null)
        read -r process_stat </proc/$process_id/stat
        set -- ${process_stat##*")"}
        process_id=$2
    else
        process_title=$(ps -o args= -p $process_id 2>/dev/null)
        process_id=$(ps -o ppid= -p $process_id 2>/dev/null)
        process_id=$((process_id))
    fi
    case $process_title in
        "sshd: /"*" [listener]"*) process_title=${process_title#"sshd: "}; process_title=${process_title%%" [listener]"*};;
        /*/sshd|/*/sshd" "*) ;;
        *) continue;;
    esac
    set -- $process_title
    sshd_path=$1
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            -f?*) sshd_options=$sshd_options$new_line$1; say_line "config ${1#-f}";;
            -o?*) sshd_options=$sshd_options$new_line$1;;
            -*f) sshd_options=$sshd_options$new_line-f$new_line$2; say_line "config $2"; shift;;
            -*o) sshd_options=$sshd_options$new_line-o$new_line$2; shift;;
            -*[bCEghkpu]) shift;;
        esac
        shift
    done
    break
done
if [ -z "$sshd_path" ]; then
    for one_path in /usr/sbin/sshd /usr/local/sbin/sshd /sbin/sshd /usr/libexec/sshd; do
        [ -z "$sshd_path" ] && [ -x $one_path ] && sshd_path=$one_path
    done
fi
[ -n "$sshd_path" ] || { say_line "unread there is no sshd program"; finish_with done; }
set -- $SSH_CONNECTION
connection_spec="user=$login_name,host=$1,addr=$1,laddr=$3,lport=$4"
IFS=$new_line
sshd_words=$(printf "%b" "$host_key" | "$sshd_path" -T -h /dev/stdin $sshd_options -C "$connection_spec" 2>&1)
sshd_status=$?
set -- $sshd_words
[ $sshd_status = 0 ] || { say_line "unread $1"; finish_with done; }
for one_line do
    case $one_line in
        authorizedkeys*|authenticationmethods*|pubkey*|requiredrsasize*|strictmodes*|trustedusercakeys*|revokedkeys*|permitrootlogin*|forcecommand*) say_line "sshd $one_line";;
    esac
done
finish_with done
