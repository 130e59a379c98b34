
use builtin;
use str;

set edit:completion:arg-completer[sshk] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'sshk'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'sshk'= {
            cand --color 'When to use color: auto, always or never'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand keygen 'Generate a key pair'
            cand show 'Show what is in a key file and which programs accept it'
            cand convert 'Convert a key to another format, change its passphrase or comment, or repair it'
            cand oneline 'Print a private key on one line, for a configuration file'
            cand to-json-line 'Print a private key on one line, for a configuration file'
            cand copy-id 'Install a public key on accounts and verify that it logs in'
            cand test 'Test that a key logs in, using no other key or password'
            cand connect 'Open a shell or run a command on a host'
            cand revoke 'Revoke a public key on accounts and verify that it is rejected'
            cand audit 'List the keys that can log in to accounts, and report problems with them'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'sshk;keygen'= {
            cand -t 'Type of key: rsa, ed25519 or ecdsa'
            cand -b 'Size in bits [default: 4096 for rsa, 256 for ecdsa]'
            cand -m 'Format of the private key: openssh, pem or pkcs8'
            cand -f 'File to write [default: ~/.ssh/id_TYPE]'
            cand -C 'Comment [default: user@host]'
            cand -N 'Passphrase, or '''' for none; prefer --passphrase-file'
            cand --passphrase-file 'Read the passphrase from FILE (- for standard input)'
            cand -a 'Number of KDF rounds for an encrypted OpenSSH key [default: 24]'
            cand --color 'When to use color: auto, always or never'
            cand --if-missing 'If the file exists, leave it alone and exit 0'
            cand --force 'Overwrite an existing key without asking'
            cand --json 'Print the result as a JSON object'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;show'= {
            cand -E 'Hash for the fingerprint: sha256 or md5'
            cand --passphrase-file 'Read the passphrase from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand --json 'Print results as JSON, one object per line'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;convert'= {
            cand -m 'Format to write: openssh, pem or pkcs8 [default: the current format]'
            cand -f 'Write to OUT (- for standard output) instead of replacing KEY'
            cand -N 'New passphrase; prefer --new-passphrase-file'
            cand --new-passphrase-file 'Read the new passphrase from FILE (- for standard input)'
            cand -C 'New comment'
            cand --passphrase-file 'Read the current passphrase from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand --no-passphrase 'Remove the passphrase'
            cand --repair 'Repair damage from pasting, editors and secrets stores'
            cand --force 'As root, replace KEY even if another user controls its path'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;oneline'= {
            cand --as 'Output format'
            cand --name 'Name of the member or variable [default: privateKey or PRIVATE_KEY]'
            cand --into 'Store the key in this JSON file instead of printing it'
            cand --at 'JSON Pointer to store the key at [default: /user/privateKey]'
            cand --color 'When to use color: auto, always or never'
            cand --force 'As root, write to FILE even if another user controls its path'
            cand --decode 'Turn any of these formats, or a damaged key, back into a key file'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;to-json-line'= {
            cand --as 'Output format'
            cand --name 'Name of the member or variable [default: privateKey or PRIVATE_KEY]'
            cand --into 'Store the key in this JSON file instead of printing it'
            cand --at 'JSON Pointer to store the key at [default: /user/privateKey]'
            cand --color 'When to use color: auto, always or never'
            cand --force 'As root, write to FILE even if another user controls its path'
            cand --decode 'Turn any of these formats, or a damaged key, back into a key file'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;copy-id'= {
            cand -i 'Identity file: the private key or the public key'
            cand -p 'Port to connect to'
            cand -l 'User to log in as'
            cand -J 'Connect through jump hosts: [user@]host[:port], separated by commas'
            cand -F 'Configuration file to read instead of the default ones'
            cand -o 'Set an option of ssh_config(5), for example -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE (- for standard input)'
            cand -t 'File on the host to add the key to [default: .ssh/authorized_keys]'
            cand --login-key 'Key to log in with, before those that ssh would try'
            cand --password-file 'Read the account''s password from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand -f 'Install without checking first whether the key already logs in'
            cand --force 'Install without checking first whether the key already logs in'
            cand -n 'Show what would be done, but change nothing'
            cand --dry-run 'Show what would be done, but change nothing'
            cand -s 'Use SFTP only; run no command on the host'
            cand --sftp 'Use SFTP only; run no command on the host'
            cand --accept-new 'Accept the host key of a host that is not in known_hosts'
            cand --no-verify 'Skip the verification login'
            cand --fix-perms 'Remove write permission that makes sshd ignore the key'
            cand --json 'Print results as JSON, one object per line'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;test'= {
            cand -i 'Identity file: the private key or the public key'
            cand -p 'Port to connect to'
            cand -l 'User to log in as'
            cand -J 'Connect through jump hosts: [user@]host[:port], separated by commas'
            cand -F 'Configuration file to read instead of the default ones'
            cand -o 'Set an option of ssh_config(5), for example -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand --json 'Print results as JSON, one object per line'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;connect'= {
            cand -i 'Identity file: the private key or the public key'
            cand -p 'Port to connect to'
            cand -l 'User to log in as'
            cand -J 'Connect through jump hosts: [user@]host[:port], separated by commas'
            cand -F 'Configuration file to read instead of the default ones'
            cand -o 'Set an option of ssh_config(5), for example -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE (- for standard input)'
            cand -b 'Connect from this local address'
            cand -B 'Connect from this network interface'
            cand -c 'Ciphers to offer, as in the option Ciphers'
            cand -m 'MACs to offer, as in the option MACs'
            cand -e 'Escape character, or none [default: ~]'
            cand -E 'Append messages to FILE instead of printing them on stderr'
            cand -P 'Tag for Match tagged in ssh_config'
            cand -Q 'List the algorithms of a kind that sshk supports; -Q help lists the kinds'
            cand -W 'Connect standard input and output to HOST:PORT through the host'
            cand --password-file 'Read the account''s password from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand -t 'Force a pseudo-terminal; -tt even if there is no local terminal'
            cand -T 'Disable pseudo-terminal allocation'
            cand -A 'Forward the agent'
            cand -a 'Disable agent forwarding'
            cand -N 'Run no command; keep the connection open'
            cand -s 'Start a subsystem of the server, such as sftp, instead of a command'
            cand -G 'Print the configuration for the destination and exit, as ssh -G does'
            cand -n 'Redirect standard input from /dev/null'
            cand -4 'Use IPv4 addresses only'
            cand -6 'Use IPv6 addresses only'
            cand -C 'Compress the connection'
            cand -V 'Print the version on stderr and exit'
            cand -f 'Not supported: sshk does not go to the background'
            cand -y 'Accepted for compatibility; messages go to stderr, not to syslog'
            cand -x 'Accepted for compatibility; sshk never forwards X11'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;revoke'= {
            cand -i 'Identity file: the private key or the public key'
            cand -p 'Port to connect to'
            cand -l 'User to log in as'
            cand -J 'Connect through jump hosts: [user@]host[:port], separated by commas'
            cand -F 'Configuration file to read instead of the default ones'
            cand -o 'Set an option of ssh_config(5), for example -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE (- for standard input)'
            cand --login-key 'Key to log in with, before those that ssh would try'
            cand --password-file 'Read the account''s password from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand -n 'Show the lines that would be disabled, but change nothing'
            cand --dry-run 'Show the lines that would be disabled, but change nothing'
            cand --force 'Revoke the key even if it is the one in use or the last one'
            cand --purge 'Delete the disabled lines from the file afterwards'
            cand --json 'Print results as JSON, one object per line'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;audit'= {
            cand -i 'Identity file: the private key or the public key'
            cand -p 'Port to connect to'
            cand -l 'User to log in as'
            cand -J 'Connect through jump hosts: [user@]host[:port], separated by commas'
            cand -F 'Configuration file to read instead of the default ones'
            cand -o 'Set an option of ssh_config(5), for example -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE (- for standard input)'
            cand --password-file 'Read the account''s password from FILE (- for standard input)'
            cand --color 'When to use color: auto, always or never'
            cand --strict 'Exit 1 if there are findings; remarks do not count'
            cand --json 'Print results as JSON, one object per line'
            cand -q 'Suppress messages except errors; still print results'
            cand --quiet 'Suppress messages except errors; still print results'
            cand -v 'Explain each step on stderr; repeat for more detail'
            cand --verbose 'Explain each step on stderr; repeat for more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;help'= {
            cand keygen 'Generate a key pair'
            cand show 'Show what is in a key file and which programs accept it'
            cand convert 'Convert a key to another format, change its passphrase or comment, or repair it'
            cand oneline 'Print a private key on one line, for a configuration file'
            cand copy-id 'Install a public key on accounts and verify that it logs in'
            cand test 'Test that a key logs in, using no other key or password'
            cand connect 'Open a shell or run a command on a host'
            cand revoke 'Revoke a public key on accounts and verify that it is rejected'
            cand audit 'List the keys that can log in to accounts, and report problems with them'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'sshk;help;keygen'= {
        }
        &'sshk;help;show'= {
        }
        &'sshk;help;convert'= {
        }
        &'sshk;help;oneline'= {
        }
        &'sshk;help;copy-id'= {
        }
        &'sshk;help;test'= {
        }
        &'sshk;help;connect'= {
        }
        &'sshk;help;revoke'= {
        }
        &'sshk;help;audit'= {
        }
        &'sshk;help;help'= {
        }
    ]
    $completions[$command]
}
