# Removes group and other write permission from files and folders of the account; the rest of their permissions stays.
#
# Given: given_paths  the paths, one per line, as printf %b reads them; ~ is the home directory
#
# Says:  left PATH WORDS (those of chmod, if it failed) | and as the last word: done

IFS=$new_line
set -- $(printf "%b" "$given_paths")
IFS=" $tab_char$new_line"
for one_path do
    case $one_path in "~") real_path=$HOME;; "~/"*) real_path=$HOME/${one_path#"~/"};; *) real_path=$one_path;; esac
    tool_words=$(chmod go-w "$real_path" 2>&1) || say_line "left $one_path $tool_words"
done
finish_with done
