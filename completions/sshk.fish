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

complete -c sshk -n "__fish_sshk_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_needs_command" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_needs_command" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_needs_command" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_needs_command" -s V -l version -d 'Print version'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "keygen" -d 'Make a key pair'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "show" -d 'Say what is in a key file, and who takes it'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "convert" -d 'Write a key in another format, with another passphrase, or mended'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "oneline" -d 'Print a private key on one line, for a config file'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "to-json-line" -d 'Print a private key on one line, for a config file'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "copy-id" -d 'Install a public key on accounts, and prove that it logs in'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "test" -d 'Prove that a key, and nothing else, logs in'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "connect" -d 'Open a session: a shell, or a command'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "revoke" -d 'Put a public key out of force on accounts, and prove that it is refused'
complete -c sshk -n "__fish_sshk_needs_command" -f -a "audit" -d 'List the keys that let someone in to accounts, and what is wrong with them'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s t -d 'Kind of key' -r -f -a "rsa\t''
ed25519\t''
ecdsa\t''"
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s b -d 'Size in bits: RSA 2048 to 16384 (default 4096); ECDSA 256 (default), 384 or 521' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s m -d 'Format of the private key; pem is PKCS#1 for RSA and SEC1 for ECDSA' -r -f -a "openssh\t''
pem\t''
pkcs8\t''"
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s f -d 'File for the private key; the public key goes to FILE.pub [default: ~/.ssh/id_TYPE]' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s C -d 'Comment, one line [default: user@host]' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s N -d 'Passphrase, empty for none; visible to others in the process list: prefer --passphrase-file' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l passphrase-file -d 'Read the passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s a -d 'Rounds of bcrypt_pbkdf for an encrypted key in OpenSSH format [default: 24]' -r
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l if-missing -d 'Where the file is there already, leave it and succeed'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l force -d 'Replace an existing key without a question'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -l json -d 'One JSON object on stdout'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand keygen" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s E -d 'How the fingerprint is written: sha256 or md5' -r
complete -c sshk -n "__fish_sshk_using_subcommand show" -l passphrase-file -d 'Read the passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand show" -l json -d 'One JSON object a file on stdout'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand show" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s m -d 'Format to write: openssh, pem (PKCS#1 or SEC1) or pkcs8 [default: as it is; openssh for PuTTY\'s and public keys]' -r
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s f -d 'Write a new file, or to standard output with -, and leave KEY as it is' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s N -d 'New passphrase; visible to others in the process list: prefer --new-passphrase-file' -r
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l new-passphrase-file -d 'Read the new passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s C -d 'New comment, one line' -r
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l passphrase-file -d 'Read the present passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l no-passphrase -d 'Write the key without a passphrase: whoever reads the file has the key'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -l repair -d 'Mend what pasting and editors did to the file'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand convert" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l as -d 'What to print' -r -f -a "member\t'"privateKey": "...", for a JSON object'
json\t'The JSON string alone'
env\t'NAME="...", for a .env file'
sh\t'export NAME=\'...\', with real line breaks'
base64\t'Base64 of the file, unwrapped'
yaml\t'privateKey: |, a block of lines'"
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l name -d 'The member\'s or variable\'s name [default: privateKey; env, sh: PRIVATE_KEY]' -r
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l into -d 'Put the key into this JSON file, which is made where it is missing; nothing is printed' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l at -d 'Where in the file, as a JSON Pointer [default: /user/privateKey]' -r
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -l decode -d 'Print the key file again, out of any of these forms or a damaged one'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand oneline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l as -d 'What to print' -r -f -a "member\t'"privateKey": "...", for a JSON object'
json\t'The JSON string alone'
env\t'NAME="...", for a .env file'
sh\t'export NAME=\'...\', with real line breaks'
base64\t'Base64 of the file, unwrapped'
yaml\t'privateKey: |, a block of lines'"
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l name -d 'The member\'s or variable\'s name [default: privateKey; env, sh: PRIVATE_KEY]' -r
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l into -d 'Put the key into this JSON file, which is made where it is missing; nothing is printed' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l at -d 'Where in the file, as a JSON Pointer [default: /user/privateKey]' -r
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -l decode -d 'Print the key file again, out of any of these forms or a damaged one'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand to-json-line" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s i -d 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s p -d 'Port on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s l -d 'User on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s J -d 'Reach the host through these hosts: [user@]host[:port], the first one first' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s F -d 'Configuration file instead of ~/.ssh/config and the system\'s; `none` for no file' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s o -d 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l passphrase-file -d 'Read the key\'s passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s t -d 'Another file on the host, relative to the home folder [default: .ssh/authorized_keys]' -r
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l password-file -d 'Read the account\'s password from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s f -l force -d 'Install without trying first whether the key logs in already (never a second line)'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s n -l dry-run -d 'Change nothing; say what would be done'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s s -l sftp -d 'Over SFTP alone, running no command on the host'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l accept-new -d 'Take the key of a host that was never seen; a changed key is still refused'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l no-verify -d 'Leave out the login that proves the key'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l fix-perms -d 'Where modes keep the key out, take the right to write from group and others'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -l json -d 'One JSON object a destination on stdout'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand copy-id" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s i -d 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand test" -s p -d 'Port on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -s l -d 'User on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -s J -d 'Reach the host through these hosts: [user@]host[:port], the first one first' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -s F -d 'Configuration file instead of ~/.ssh/config and the system\'s; `none` for no file' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand test" -s o -d 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand test" -l passphrase-file -d 'Read the key\'s passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand test" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand test" -l json -d 'One JSON object a destination on stdout'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand test" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s i -d 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s p -d 'Port on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s l -d 'User on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s J -d 'Reach the host through these hosts: [user@]host[:port], the first one first' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s F -d 'Configuration file instead of ~/.ssh/config and the system\'s; `none` for no file' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s o -d 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -l passphrase-file -d 'Read the key\'s passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s b -d 'Connect from this address of the machine' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s B -d 'Connect from this interface' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s c -d 'Ciphers, as the option Ciphers has them' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s m -d 'MACs, as the option MACs has them' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s e -d 'Escape character, or none' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s E -d 'Append what is said to the person to FILE instead of stderr' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s P -d 'A name that Match tagged asks for' -r
complete -c sshk -n "__fish_sshk_using_subcommand connect" -l password-file -d 'Read the account\'s password from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand connect" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s t -d 'Ask for a terminal also for a command; twice: even without a local one'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s T -d 'No terminal on the host'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s A -d 'Lend the agent to the host: its root can use the keys while you are there'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s a -d 'Lend no agent, whatever the configuration says'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s N -d 'Run nothing: keep the connection until it ends'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s s -d 'The command names a subsystem of the server, such as sftp'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s G -d 'Connect to nothing: print what the configuration resolves to, as ssh -G does'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s n -d 'Nothing to read: standard input is /dev/null'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s 4 -d 'IPv4 addresses only'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s 6 -d 'IPv6 addresses only'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s C -d 'Compress what is sent'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s x -d 'No X11, of which sshk has none: for scripts that say so'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand connect" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s i -d 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s p -d 'Port on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s l -d 'User on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s J -d 'Reach the host through these hosts: [user@]host[:port], the first one first' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s F -d 'Configuration file instead of ~/.ssh/config and the system\'s; `none` for no file' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s o -d 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l passphrase-file -d 'Read the key\'s passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l password-file -d 'Read the account\'s password from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s n -l dry-run -d 'Change nothing; show the lines'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l force -d 'Also the key that logs in here, and the only one there is'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l purge -d 'Then take the lines out of the file that were put out of force'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -l json -d 'One JSON object a destination on stdout'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand revoke" -s h -l help -d 'Print help'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s i -d 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s p -d 'Port on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s l -d 'User on the host' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s J -d 'Reach the host through these hosts: [user@]host[:port], the first one first' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s F -d 'Configuration file instead of ~/.ssh/config and the system\'s; `none` for no file' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s o -d 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5' -r
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l passphrase-file -d 'Read the key\'s passphrase from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l password-file -d 'Read the account\'s password from FILE, or from standard input with -' -r -F
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l strict -d 'Exit status 1 where there is a finding; remarks do not count'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -l json -d 'One JSON object a key on stdout'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s q -l quiet -d 'Say nothing to the person; data and the exit status stay'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s v -l verbose -d 'Explain on stderr what is done; repeat for more'
complete -c sshk -n "__fish_sshk_using_subcommand audit" -s h -l help -d 'Print help'
