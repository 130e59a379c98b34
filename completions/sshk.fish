# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sshk_global_optspecs
    string join \n q/quiet v/verbose color= h/help V/version
end

function __fish_sshk_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sshk_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sshk_using_subcommand
    set -l cmd (__fish_sshk_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sshk -n "__fish_sshk_needs_command" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_needs_command" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_needs_command" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_needs_command" -s V -l version -d 'Print version'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "keygen" -d 'Generate a key pair'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "show" -d 'Show what is in a key file and which programs accept it'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "convert" -d 'Convert a key to another format, change its passphrase or comment, or repair it'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "oneline" -d 'Print a private key on one line, for a configuration file'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "to-json-line" -d 'Print a private key on one line, for a configuration file'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "copy-id" -d 'Install a public key on accounts and verify that it logs in'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "test" -d 'Test that a key logs in, using no other key or password'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "connect" -d 'Open a shell or run a command on a host'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "revoke" -d 'Revoke a public key on accounts and verify that it is rejected'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "audit" -d 'List the keys that can log in to accounts, and report problems with them'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s t -d 'Type of key: rsa, ed25519 or ecdsa' -r -f -a "rsa\t''
ed25519\t''
ecdsa\t''"
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s b -d 'Size in bits [default: 4096 for rsa, 256 for ecdsa]' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s m -d 'Format of the private key: openssh, pem or pkcs8' -r -f -a "openssh\t''
pem\t''
pkcs8\t''"
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s f -d 'File to write [default: ~/.ssh/id_TYPE]' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s C -d 'Comment [default: user@host]' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s N -d 'Passphrase, or \'\' for none; prefer --passphrase-file' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l passphrase-file -d 'Read the passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s a -d 'Number of KDF rounds for an encrypted OpenSSH key [default: 24]' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l if-missing -d 'If the file exists, leave it alone and exit 0'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l force -d 'Overwrite an existing key without asking'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l json -d 'Print the result as a JSON object'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s E -d 'Hash for the fingerprint: sha256 or md5' -r
complete -c sshk -n "__fish_sshk_using_subcommand show" -l passphrase-file -d 'Read the passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand show" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand show" -l json -d 'Print results as JSON, one object per line'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s m -d 'Format to write: openssh, pem or pkcs8 [default: the current format]' -r
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s f -d 'Write to OUT (- for standard output) instead of replacing KEY' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s N -d 'New passphrase; prefer --new-passphrase-file' -r
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l new-passphrase-file -d 'Read the new passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s C -d 'New comment' -r
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l passphrase-file -d 'Read the current passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l no-passphrase -d 'Remove the passphrase'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l repair -d 'Repair damage from pasting, editors and secrets stores'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l force -d 'As root, replace KEY even if another user controls its path'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l as -d 'Output format' -r -f -a "member\t'"privateKey": "...", for a JSON object'
json\t'The JSON string alone'
env\t'NAME="...", for a .env file'
sh\t'export NAME=\'...\', with real line breaks'
base64\t'Base64 of the file, not wrapped'
yaml\t'privateKey: |, as a YAML block'"
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l name -d 'Name of the member or variable [default: privateKey or PRIVATE_KEY]' -r
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l into -d 'Store the key in this JSON file instead of printing it' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l at -d 'JSON Pointer to store the key at [default: /user/privateKey]' -r
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l force -d 'As root, write to FILE even if another user controls its path'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l decode -d 'Turn any of these formats, or a damaged key, back into a key file'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l as -d 'Output format' -r -f -a "member\t'"privateKey": "...", for a JSON object'
json\t'The JSON string alone'
env\t'NAME="...", for a .env file'
sh\t'export NAME=\'...\', with real line breaks'
base64\t'Base64 of the file, not wrapped'
yaml\t'privateKey: |, as a YAML block'"
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l name -d 'Name of the member or variable [default: privateKey or PRIVATE_KEY]' -r
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l into -d 'Store the key in this JSON file instead of printing it' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l at -d 'JSON Pointer to store the key at [default: /user/privateKey]' -r
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l force -d 'As root, write to FILE even if another user controls its path'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l decode -d 'Turn any of these formats, or a damaged key, back into a key file'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s i -d 'Identity file: the private key or the public key' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s p -d 'Port to connect to' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s l -d 'User to log in as' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s J -d 'Connect through jump hosts: [user@]host[:port], separated by commas' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s F -d 'Configuration file to read instead of the default ones' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s o -d 'Set an option of ssh_config(5), for example -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l passphrase-file -d 'Read the key\'s passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s t -d 'File on the host to add the key to [default: .ssh/authorized_keys]' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l login-key -d 'Key to log in with, before those that ssh would try' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l password-file -d 'Read the account\'s password from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s f -l force -d 'Install without checking first whether the key already logs in'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s n -l dry-run -d 'Show what would be done, but change nothing'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s s -l sftp -d 'Use SFTP only; run no command on the host'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l accept-new -d 'Accept the host key of a host that is not in known_hosts'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l no-verify -d 'Skip the verification login'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l fix-perms -d 'Remove write permission that makes sshd ignore the key'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l json -d 'Print results as JSON, one object per line'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s i -d 'Identity file: the private key or the public key' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand test" -s p -d 'Port to connect to' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -s l -d 'User to log in as' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -s J -d 'Connect through jump hosts: [user@]host[:port], separated by commas' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -s F -d 'Configuration file to read instead of the default ones' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand test" -s o -d 'Set an option of ssh_config(5), for example -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -l passphrase-file -d 'Read the key\'s passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand test" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand test" -l json -d 'Print results as JSON, one object per line'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s i -d 'Identity file: the private key or the public key' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s p -d 'Port to connect to' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s l -d 'User to log in as' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s J -d 'Connect through jump hosts: [user@]host[:port], separated by commas' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s F -d 'Configuration file to read instead of the default ones' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s o -d 'Set an option of ssh_config(5), for example -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -l passphrase-file -d 'Read the key\'s passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s b -d 'Connect from this local address' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s B -d 'Connect from this network interface' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s c -d 'Ciphers to offer, as in the option Ciphers' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s m -d 'MACs to offer, as in the option MACs' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s e -d 'Escape character, or none [default: ~]' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s E -d 'Append messages to FILE instead of printing them on stderr' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s P -d 'Tag for Match tagged in ssh_config' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s Q -d 'List the algorithms of a kind that sshk supports; -Q help lists the kinds' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s W -d 'Connect standard input and output to HOST:PORT through the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -l password-file -d 'Read the account\'s password from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s t -d 'Force a pseudo-terminal; -tt even if there is no local terminal'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s T -d 'Disable pseudo-terminal allocation'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s A -d 'Forward the agent'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s a -d 'Disable agent forwarding'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s N -d 'Run no command; keep the connection open'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s s -d 'Start a subsystem of the server, such as sftp, instead of a command'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s G -d 'Print the configuration for the destination and exit, as ssh -G does'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s n -d 'Redirect standard input from /dev/null'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s 4 -d 'Use IPv4 addresses only'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s 6 -d 'Use IPv6 addresses only'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s C -d 'Compress the connection'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s V -d 'Print the version on stderr and exit'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s f -d 'Not supported: sshk does not go to the background'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s y -d 'Accepted for compatibility; messages go to stderr, not to syslog'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s x -d 'Accepted for compatibility; sshk never forwards X11'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s i -d 'Identity file: the private key or the public key' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s p -d 'Port to connect to' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s l -d 'User to log in as' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s J -d 'Connect through jump hosts: [user@]host[:port], separated by commas' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s F -d 'Configuration file to read instead of the default ones' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s o -d 'Set an option of ssh_config(5), for example -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l passphrase-file -d 'Read the key\'s passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l login-key -d 'Key to log in with, before those that ssh would try' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l password-file -d 'Read the account\'s password from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s n -l dry-run -d 'Show the lines that would be disabled, but change nothing'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l force -d 'Revoke the key even if it is the one in use or the last one'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l purge -d 'Delete the disabled lines from the file afterwards'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l json -d 'Print results as JSON, one object per line'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s i -d 'Identity file: the private key or the public key' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s p -d 'Port to connect to' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s l -d 'User to log in as' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s J -d 'Connect through jump hosts: [user@]host[:port], separated by commas' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s F -d 'Configuration file to read instead of the default ones' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s o -d 'Set an option of ssh_config(5), for example -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l passphrase-file -d 'Read the key\'s passphrase from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l password-file -d 'Read the account\'s password from FILE (- for standard input)' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l color -d 'When to use color: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l strict -d 'Exit 1 if there are findings; remarks do not count'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l json -d 'Print results as JSON, one object per line'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s q -l quiet -d 'Suppress messages except errors; still print results'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s v -l verbose -d 'Explain each step on stderr; repeat for more detail'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "keygen" -d 'Generate a key pair'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "show" -d 'Show what is in a key file and which programs accept it'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "convert" -d 'Convert a key to another format, change its passphrase or comment, or repair it'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "oneline" -d 'Print a private key on one line, for a configuration file'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "copy-id" -d 'Install a public key on accounts and verify that it logs in'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "test" -d 'Test that a key logs in, using no other key or password'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "connect" -d 'Open a shell or run a command on a host'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "revoke" -d 'Revoke a public key on accounts and verify that it is rejected'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "audit" -d 'List the keys that can log in to accounts, and report problems with them'
complete -c sshk -n "__fish_sshk_using_subcommand help; and not __fish_seen_subcommand_from keygen show convert oneline copy-id test connect revoke audit help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
