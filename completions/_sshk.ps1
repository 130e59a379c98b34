
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'sshk' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'sshk'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'sshk' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('keygen', 'keygen', [CompletionResultType]::ParameterValue, 'Make a key pair')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Say what is in a key file, and who takes it')
            [CompletionResult]::new('convert', 'convert', [CompletionResultType]::ParameterValue, 'Write a key in another format, with another passphrase, or mended')
            [CompletionResult]::new('oneline', 'oneline', [CompletionResultType]::ParameterValue, 'Print a private key on one line, for a config file')
            [CompletionResult]::new('to-json-line', 'to-json-line', [CompletionResultType]::ParameterValue, 'Print a private key on one line, for a config file')
            [CompletionResult]::new('copy-id', 'copy-id', [CompletionResultType]::ParameterValue, 'Install a public key on accounts, and prove that it logs in')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Prove that a key, and nothing else, logs in')
            [CompletionResult]::new('connect', 'connect', [CompletionResultType]::ParameterValue, 'Open a session: a shell, or a command')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Put a public key out of force on accounts, and prove that it is refused')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'List the keys that let someone in to accounts, and what is wrong with them')
            break
        }
        'sshk;keygen' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Kind of key')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Size in bits: RSA 2048 to 16384 (default 4096); ECDSA 256 (default), 384 or 521')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Format of the private key; pem is PKCS#1 for RSA and SEC1 for ECDSA')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'File for the private key; the public key goes to FILE.pub [default: ~/.ssh/id_TYPE]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Comment, one line [default: user@host]')
            [CompletionResult]::new('-N', '-N ', [CompletionResultType]::ParameterName, 'Passphrase, empty for none; visible to others in the process list: prefer --passphrase-file')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Rounds of bcrypt_pbkdf for an encrypted key in OpenSSH format [default: 24]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--if-missing', '--if-missing', [CompletionResultType]::ParameterName, 'Where the file is there already, leave it and succeed')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace an existing key without a question')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;show' {
            [CompletionResult]::new('-E', '-E ', [CompletionResultType]::ParameterName, 'How the fingerprint is written: sha256 or md5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a file on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;convert' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Format to write: openssh, pem (PKCS#1 or SEC1) or pkcs8 [default: as it is; openssh for PuTTY''s and public keys]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write a new file, or to standard output with -, and leave KEY as it is')
            [CompletionResult]::new('-N', '-N ', [CompletionResultType]::ParameterName, 'New passphrase; visible to others in the process list: prefer --new-passphrase-file')
            [CompletionResult]::new('--new-passphrase-file', '--new-passphrase-file', [CompletionResultType]::ParameterName, 'Read the new passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'New comment, one line')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the present passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-passphrase', '--no-passphrase', [CompletionResultType]::ParameterName, 'Write the key without a passphrase: whoever reads the file has the key')
            [CompletionResult]::new('--repair', '--repair', [CompletionResultType]::ParameterName, 'Mend what pasting and editors did to the file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;oneline' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'What to print')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The member''s or variable''s name [default: privateKey; env, sh: PRIVATE_KEY]')
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Put the key into this JSON file, which is made where it is missing; nothing is printed')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Where in the file, as a JSON Pointer [default: /user/privateKey]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Print the key file again, out of any of these forms or a damaged one')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;to-json-line' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'What to print')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The member''s or variable''s name [default: privateKey; env, sh: PRIVATE_KEY]')
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Put the key into this JSON file, which is made where it is missing; nothing is printed')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Where in the file, as a JSON Pointer [default: /user/privateKey]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Print the key file again, out of any of these forms or a damaged one')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;copy-id' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port on the host')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User on the host')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Reach the host through these hosts: [user@]host[:port], the first one first')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Another file on the host, relative to the home folder [default: .ssh/authorized_keys]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Install without trying first whether the key logs in already (never a second line)')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Install without trying first whether the key logs in already (never a second line)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing; say what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing; say what would be done')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Over SFTP alone, running no command on the host')
            [CompletionResult]::new('--sftp', '--sftp', [CompletionResultType]::ParameterName, 'Over SFTP alone, running no command on the host')
            [CompletionResult]::new('--accept-new', '--accept-new', [CompletionResultType]::ParameterName, 'Take the key of a host that was never seen; a changed key is still refused')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Leave out the login that proves the key')
            [CompletionResult]::new('--fix-perms', '--fix-perms', [CompletionResultType]::ParameterName, 'Where modes keep the key out, take the right to write from group and others')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a destination on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;test' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port on the host')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User on the host')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Reach the host through these hosts: [user@]host[:port], the first one first')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a destination on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;connect' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port on the host')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User on the host')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Reach the host through these hosts: [user@]host[:port], the first one first')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Connect from this address of the machine')
            [CompletionResult]::new('-B', '-B ', [CompletionResultType]::ParameterName, 'Connect from this interface')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Ciphers, as the option Ciphers has them')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'MACs, as the option MACs has them')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Escape character, or none')
            [CompletionResult]::new('-E', '-E ', [CompletionResultType]::ParameterName, 'Append what is said to the person to FILE instead of stderr')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'A name that Match tagged asks for')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Ask for a terminal also for a command; twice: even without a local one')
            [CompletionResult]::new('-T', '-T ', [CompletionResultType]::ParameterName, 'No terminal on the host')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Lend the agent to the host: its root can use the keys while you are there')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Lend no agent, whatever the configuration says')
            [CompletionResult]::new('-N', '-N ', [CompletionResultType]::ParameterName, 'Run nothing: keep the connection until it ends')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'The command names a subsystem of the server, such as sftp')
            [CompletionResult]::new('-G', '-G ', [CompletionResultType]::ParameterName, 'Connect to nothing: print what the configuration resolves to, as ssh -G does')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Nothing to read: standard input is /dev/null')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'IPv6 addresses only')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Compress what is sent')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'No X11, of which sshk has none: for scripts that say so')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;revoke' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port on the host')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User on the host')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Reach the host through these hosts: [user@]host[:port], the first one first')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing; show the lines')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing; show the lines')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Also the key that logs in here, and the only one there is')
            [CompletionResult]::new('--purge', '--purge', [CompletionResultType]::ParameterName, 'Then take the lines out of the file that were put out of force')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a destination on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sshk;audit' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that ssh would try. These two take several')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port on the host')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User on the host')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Reach the host through these hosts: [user@]host[:port], the first one first')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file instead of ~/.ssh/config and the system''s; `none` for no file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'An option as ssh_config(5) has it, for instance -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE, or from standard input with -')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE, or from standard input with -')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit status 1 where there is a finding; remarks do not count')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a key on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing to the person; data and the exit status stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain on stderr what is done; repeat for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
