
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
            cand --color 'When to use colour'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand keygen 'Make a key pair'
            cand show 'Say what is in a key file, and who takes it'
            cand convert 'Write a key in another format, with another passphrase, or mended'
            cand oneline 'Print a private key on one line, for a config file'
            cand to-json-line 'Print a private key on one line, for a config file'
            cand copy-id 'Install a public key on accounts, and prove that it logs in'
            cand test 'Prove that a key, and nothing else, logs in'
            cand connect 'Open a session: a shell, or a command'
        }
        &'sshk;keygen'= {
            cand -t 'Kind of key'
            cand -b 'Size in bits: RSA 2048 to 16384 (default 4096); ECDSA 256 (default), 384 or 521'
            cand -m 'Format of the private key; pem is PKCS#1 for RSA and SEC1 for ECDSA'
            cand -f 'File for the private key; the public key goes to FILE.pub [default: ~/.ssh/id_TYPE]'
            cand -C 'Comment, one line [default: user@host]'
            cand -N 'Passphrase, empty for none; visible to others in the process list: prefer --passphrase-file'
            cand --passphrase-file 'Read the passphrase from FILE, or from standard input with -'
            cand -a 'Rounds of bcrypt_pbkdf for an encrypted key in OpenSSH format [default: 24]'
            cand --color 'When to use colour'
            cand --if-missing 'Where the file is there already, leave it and succeed'
            cand --force 'Replace an existing key without a question'
            cand --json 'One JSON object on stdout'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'sshk;show'= {
            cand -E 'How the fingerprint is written: sha256 or md5'
            cand --passphrase-file 'Read the passphrase from FILE, or from standard input with -'
            cand --color 'When to use colour'
            cand --json 'One JSON object a file on stdout'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'sshk;convert'= {
            cand -m 'Format to write: openssh, pem (PKCS#1 or SEC1) or pkcs8 [default: as it is; openssh for PuTTY''s and public keys]'
            cand -f 'Write a new file, or to standard output with -, and leave KEY as it is'
            cand -N 'New passphrase; visible to others in the process list: prefer --new-passphrase-file'
            cand --new-passphrase-file 'Read the new passphrase from FILE, or from standard input with -'
            cand -C 'New comment, one line'
            cand --passphrase-file 'Read the present passphrase from FILE, or from standard input with -'
            cand --color 'When to use colour'
            cand --no-passphrase 'Write the key without a passphrase: whoever reads the file has the key'
            cand --repair 'Mend what pasting and editors did to the file'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'sshk;oneline'= {
            cand --as 'What to print'
            cand --name 'The member''s or variable''s name [default: privateKey; env, sh: PRIVATE_KEY]'
            cand --into 'Put the key into this JSON file, which is made where it is missing; nothing is printed'
            cand --at 'Where in the file, as a JSON Pointer [default: /user/privateKey]'
            cand --color 'When to use colour'
            cand --decode 'Print the key file again, out of any of these forms or a damaged one'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;to-json-line'= {
            cand --as 'What to print'
            cand --name 'The member''s or variable''s name [default: privateKey; env, sh: PRIVATE_KEY]'
            cand --into 'Put the key into this JSON file, which is made where it is missing; nothing is printed'
            cand --at 'Where in the file, as a JSON Pointer [default: /user/privateKey]'
            cand --color 'When to use colour'
            cand --decode 'Print the key file again, out of any of these forms or a damaged one'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sshk;copy-id'= {
            cand -i 'The key: either half of the pair; else the one key in ~/.ssh, for connect all that ssh would try'
            cand -p 'Port on the host'
            cand -l 'User on the host'
            cand -J 'Reach the host through these hosts: [user@]host[:port], the first one first'
            cand -F 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file'
            cand -o 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE, or from standard input with -'
            cand -t 'Another file on the host, relative to the home folder [default: .ssh/authorized_keys]'
            cand --password-file 'Read the account''s password from FILE, or from standard input with -'
            cand --color 'When to use colour'
            cand -f 'Install without trying first whether the key logs in already (never a second line)'
            cand --force 'Install without trying first whether the key logs in already (never a second line)'
            cand -n 'Change nothing; say what would be done'
            cand --dry-run 'Change nothing; say what would be done'
            cand -s 'Over SFTP alone, running no command on the host'
            cand --sftp 'Over SFTP alone, running no command on the host'
            cand --accept-new 'Take the key of a host that was never seen; a changed key is still refused'
            cand --no-verify 'Leave out the login that proves the key'
            cand --json 'One JSON object a destination on stdout'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'sshk;test'= {
            cand -i 'The key: either half of the pair; else the one key in ~/.ssh, for connect all that ssh would try'
            cand -p 'Port on the host'
            cand -l 'User on the host'
            cand -J 'Reach the host through these hosts: [user@]host[:port], the first one first'
            cand -F 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file'
            cand -o 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE, or from standard input with -'
            cand --color 'When to use colour'
            cand --json 'One JSON object a destination on stdout'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'sshk;connect'= {
            cand -i 'The key: either half of the pair; else the one key in ~/.ssh, for connect all that ssh would try'
            cand -p 'Port on the host'
            cand -l 'User on the host'
            cand -J 'Reach the host through these hosts: [user@]host[:port], the first one first'
            cand -F 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file'
            cand -o 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5'
            cand --passphrase-file 'Read the key''s passphrase from FILE, or from standard input with -'
            cand -e 'Escape character, or none'
            cand --password-file 'Read the account''s password from FILE, or from standard input with -'
            cand --color 'When to use colour'
            cand -t 'Ask for a terminal also for a command; twice: even without a local one'
            cand -T 'No terminal on the host'
            cand -G 'Connect to nothing: print what the configuration resolves to, as ssh -G does'
            cand -n 'Nothing to read: standard input is /dev/null'
            cand -4 'IPv4 addresses only'
            cand -6 'IPv6 addresses only'
            cand -q 'Say nothing to the person; data and the exit status stay'
            cand --quiet 'Say nothing to the person; data and the exit status stay'
            cand -v 'Explain on stderr what is done; repeat for more'
            cand --verbose 'Explain on stderr what is done; repeat for more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
