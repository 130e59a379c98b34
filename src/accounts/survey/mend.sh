# Takes from others and the group the right to write to files and folders of the account; nothing else of their modes changes.
#
# Given: p  the paths, one a line, as printf %b reads them; ~ is the home folder
#
# Says:  left PATH WORDS (chmod's, where it refused) | and as the last word: done

IFS=$N
set -- $(printf "%b" "$p")
IFS=" $T$N"
for y do
    case $y in "~") x=$HOME;; "~/"*) x=$HOME/${y#"~/"};; *) x=$y;; esac
    x=$(chmod go-w "$x" 2>&1) || tell "left $y $x"
done
finish done
