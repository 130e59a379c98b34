# Says who the account is and which authorized_keys files its server reads; src/survey.rs says why. It changes nothing and leaves nothing.
#
# It uses id, getent, uname, getenforce, ps, tr and sshd where they are.
#
# Given: l  the user who logged in, as printf %b reads it        s  1 where the server is an sshd
#        k  a throw-away host key, as printf %b reads it: without one sshd -T says nothing to an account that is not root
#
# Says:  uid N | gid N | home FOLDER (where the login begins) | passwd FOLDER (of the user database)
#        place FILE (of this system) | enforcing (SELinux) | config FILE (that sshd was started with) | sshd KEYWORD VALUE (of sshd -T)
#        unread WORDS (why sshd -T says nothing) | and as the last word: done

l=$(printf "%b" "$l")
tell "uid $(id -u 2>/dev/null)"
tell "gid $(id -g 2>/dev/null)"
tell "home $HOME"
h=$(getent passwd "$l" 2>/dev/null) || h=
if [ -z "$h" ] && [ -r /etc/passwd ]; then
    while IFS= read -r x; do case $x in "$l:"*) h=$x;; esac; done </etc/passwd
fi
h=${h%:*}
tell "passwd ${h##*:}"
[ "$(uname 2>/dev/null)" = Haiku ] && tell "place config/settings/ssh/authorized_keys"
[ -f /etc/openwrt_release ] && [ -d /etc/dropbear ] && [ "$(id -u 2>/dev/null)" = 0 ] && tell "place /etc/dropbear/authorized_keys"
[ "$(PATH=$PATH:/usr/sbin:/sbin; getenforce 2>/dev/null)" = Enforcing ] && tell enforcing
[ "$s" = 1 ] || finish done

# The sshd that listens is an ancestor of this shell, and its title tells how it was started.
i=$$
a=0
b=
q=
while [ "$i" -gt 1 ] && [ $a -lt 20 ]; do
    a=$((a+1))
    if [ -r /proc/$i/stat ]; then
        x=$(tr "\000" " " </proc/$i/cmdline 2>/dev/null)
        read -r i </proc/$i/stat
        set -- ${i##*")"}
        i=$2
    else
        x=$(ps -o args= -p $i 2>/dev/null)
        i=$(ps -o ppid= -p $i 2>/dev/null)
        i=$((i))
    fi
    case $x in
        "sshd: /"*" [listener]"*) x=${x#"sshd: "}; x=${x%%" [listener]"*};;
        /*/sshd|/*/sshd" "*) ;;
        *) continue;;
    esac
    set -- $x
    b=$1
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            -f?*) q=$q$N$1; tell "config ${1#-f}";;
            -o?*) q=$q$N$1;;
            -*f) q=$q$N-f$N$2; tell "config $2"; shift;;
            -*o) q=$q$N-o$N$2; shift;;
            -*[bCEghkpu]) shift;;
        esac
        shift
    done
    break
done
if [ -z "$b" ]; then
    for x in /usr/sbin/sshd /usr/local/sbin/sshd /sbin/sshd /usr/libexec/sshd; do
        [ -z "$b" ] && [ -x $x ] && b=$x
    done
fi
[ -n "$b" ] || { tell "unread there is no sshd program"; finish done; }
set -- $SSH_CONNECTION
c="user=$l,host=$1,addr=$1,laddr=$3,lport=$4"
IFS=$N
x=$(printf "%b" "$k" | "$b" -T -h /dev/stdin $q -C "$c" 2>&1)
z=$?
set -- $x
[ $z = 0 ] || { tell "unread $1"; finish done; }
for x do
    case $x in
        authorizedkeys*|authenticationmethods*|pubkey*|requiredrsasize*|strictmodes*|trustedusercakeys*|revokedkeys*|permitrootlogin*|forcecommand*) tell "sshd $x";;
    esac
done
finish done
