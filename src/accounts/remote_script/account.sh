# What the scripts need of the account: their tools and the home directory.
need_tools() {
    for tool_name do command -v $tool_name >/dev/null 2>&1 || fail_with "tool $tool_name"; done
}
# A missing home directory is never replaced by the directory that the shell happens to be in.
enter_home() {
    { [ -n "$HOME" ] && cd "$HOME" >/dev/null 2>&1; } || fail_with "home $HOME"
}
