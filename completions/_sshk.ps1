
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
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('keygen', 'keygen', [CompletionResultType]::ParameterValue, 'Generate a key pair')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what is in a key file and which programs accept it')
            [CompletionResult]::new('convert', 'convert', [CompletionResultType]::ParameterValue, 'Convert a key to another format, change its passphrase or comment, or repair it')
            [CompletionResult]::new('oneline', 'oneline', [CompletionResultType]::ParameterValue, 'Print a private key on one line, for a configuration file')
            [CompletionResult]::new('to-json-line', 'to-json-line', [CompletionResultType]::ParameterValue, 'Print a private key on one line, for a configuration file')
            [CompletionResult]::new('copy-id', 'copy-id', [CompletionResultType]::ParameterValue, 'Install a public key on accounts and verify that it logs in')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Test that a key logs in, using no other key or password')
            [CompletionResult]::new('connect', 'connect', [CompletionResultType]::ParameterValue, 'Open a shell or run a command on a host')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a public key on accounts and verify that it is rejected')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'List the keys that can log in to accounts, and report problems with them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'sshk;keygen' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Type of key: rsa, ed25519 or ecdsa')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Size in bits [default: 4096 for rsa, 256 for ecdsa]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Format of the private key: openssh, pem or pkcs8')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'File to write [default: ~/.ssh/id_TYPE]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Comment [default: user@host]')
            [CompletionResult]::new('-N', '-N ', [CompletionResultType]::ParameterName, 'Passphrase, or '''' for none; prefer --passphrase-file')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from FILE (- for standard input)')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Number of KDF rounds for an encrypted OpenSSH key [default: 24]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--if-missing', '--if-missing', [CompletionResultType]::ParameterName, 'If the file exists, leave it alone and exit 0')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite an existing key without asking')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result as a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;show' {
            [CompletionResult]::new('-E', '-E ', [CompletionResultType]::ParameterName, 'Hash for the fingerprint: sha256 or md5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;convert' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Format to write: openssh, pem or pkcs8 [default: the current format]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write to OUT (- for standard output) instead of replacing KEY')
            [CompletionResult]::new('-N', '-N ', [CompletionResultType]::ParameterName, 'New passphrase; prefer --new-passphrase-file')
            [CompletionResult]::new('--new-passphrase-file', '--new-passphrase-file', [CompletionResultType]::ParameterName, 'Read the new passphrase from FILE (- for standard input)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'New comment')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the current passphrase from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--no-passphrase', '--no-passphrase', [CompletionResultType]::ParameterName, 'Remove the passphrase')
            [CompletionResult]::new('--repair', '--repair', [CompletionResultType]::ParameterName, 'Repair damage from pasting, editors and secrets stores')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'As root, replace KEY even if another user controls its path')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;oneline' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the member or variable [default: privateKey or PRIVATE_KEY]')
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Store the key in this JSON file instead of printing it')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'JSON Pointer to store the key at [default: /user/privateKey]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'As root, write to FILE even if another user controls its path')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Turn any of these formats, or a damaged key, back into a key file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;to-json-line' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the member or variable [default: privateKey or PRIVATE_KEY]')
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Store the key in this JSON file instead of printing it')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'JSON Pointer to store the key at [default: /user/privateKey]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'As root, write to FILE even if another user controls its path')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Turn any of these formats, or a damaged key, back into a key file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;copy-id' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Identity file: the private key or the public key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to connect to')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User to log in as')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Connect through jump hosts: [user@]host[:port], separated by commas')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file to read instead of the default ones')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Set an option of ssh_config(5), for example -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE (- for standard input)')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'File on the host to add the key to [default: .ssh/authorized_keys]')
            [CompletionResult]::new('--login-key', '--login-key', [CompletionResultType]::ParameterName, 'Key to log in with, before those that ssh would try')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Install without checking first whether the key already logs in')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Install without checking first whether the key already logs in')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done, but change nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done, but change nothing')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Use SFTP only; run no command on the host')
            [CompletionResult]::new('--sftp', '--sftp', [CompletionResultType]::ParameterName, 'Use SFTP only; run no command on the host')
            [CompletionResult]::new('--accept-new', '--accept-new', [CompletionResultType]::ParameterName, 'Accept the host key of a host that is not in known_hosts')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Skip the verification login')
            [CompletionResult]::new('--fix-perms', '--fix-perms', [CompletionResultType]::ParameterName, 'Remove write permission that makes sshd ignore the key')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;test' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Identity file: the private key or the public key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to connect to')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User to log in as')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Connect through jump hosts: [user@]host[:port], separated by commas')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file to read instead of the default ones')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Set an option of ssh_config(5), for example -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;connect' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Identity file: the private key or the public key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to connect to')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User to log in as')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Connect through jump hosts: [user@]host[:port], separated by commas')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file to read instead of the default ones')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Set an option of ssh_config(5), for example -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE (- for standard input)')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Connect from this local address')
            [CompletionResult]::new('-B', '-B ', [CompletionResultType]::ParameterName, 'Connect from this network interface')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Ciphers to offer, as in the option Ciphers')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'MACs to offer, as in the option MACs')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Escape character, or none [default: ~]')
            [CompletionResult]::new('-E', '-E ', [CompletionResultType]::ParameterName, 'Append messages to FILE instead of printing them on stderr')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'Tag for Match tagged in ssh_config')
            [CompletionResult]::new('-Q', '-Q ', [CompletionResultType]::ParameterName, 'List the algorithms of a kind that sshk supports; -Q help lists the kinds')
            [CompletionResult]::new('-W', '-W ', [CompletionResultType]::ParameterName, 'Connect standard input and output to HOST:PORT through the host')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Force a pseudo-terminal; -tt even if there is no local terminal')
            [CompletionResult]::new('-T', '-T ', [CompletionResultType]::ParameterName, 'Disable pseudo-terminal allocation')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Forward the agent')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Disable agent forwarding')
            [CompletionResult]::new('-N', '-N ', [CompletionResultType]::ParameterName, 'Run no command; keep the connection open')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Start a subsystem of the server, such as sftp, instead of a command')
            [CompletionResult]::new('-G', '-G ', [CompletionResultType]::ParameterName, 'Print the configuration for the destination and exit, as ssh -G does')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Redirect standard input from /dev/null')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 addresses only')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Compress the connection')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version on stderr and exit')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Not supported: sshk does not go to the background')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Accepted for compatibility; messages go to stderr, not to syslog')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Accepted for compatibility; sshk never forwards X11')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;revoke' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Identity file: the private key or the public key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to connect to')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User to log in as')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Connect through jump hosts: [user@]host[:port], separated by commas')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file to read instead of the default ones')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Set an option of ssh_config(5), for example -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE (- for standard input)')
            [CompletionResult]::new('--login-key', '--login-key', [CompletionResultType]::ParameterName, 'Key to log in with, before those that ssh would try')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show the lines that would be disabled, but change nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the lines that would be disabled, but change nothing')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Revoke the key even if it is the one in use or the last one')
            [CompletionResult]::new('--purge', '--purge', [CompletionResultType]::ParameterName, 'Delete the disabled lines from the file afterwards')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;audit' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Identity file: the private key or the public key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to connect to')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'User to log in as')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Connect through jump hosts: [user@]host[:port], separated by commas')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Configuration file to read instead of the default ones')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Set an option of ssh_config(5), for example -o ConnectTimeout=5')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the key''s passphrase from FILE (- for standard input)')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the account''s password from FILE (- for standard input)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color: auto, always or never')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 1 if there are findings; remarks do not count')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Suppress messages except errors; still print results')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Explain each step on stderr; repeat for more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sshk;help' {
            [CompletionResult]::new('keygen', 'keygen', [CompletionResultType]::ParameterValue, 'Generate a key pair')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what is in a key file and which programs accept it')
            [CompletionResult]::new('convert', 'convert', [CompletionResultType]::ParameterValue, 'Convert a key to another format, change its passphrase or comment, or repair it')
            [CompletionResult]::new('oneline', 'oneline', [CompletionResultType]::ParameterValue, 'Print a private key on one line, for a configuration file')
            [CompletionResult]::new('copy-id', 'copy-id', [CompletionResultType]::ParameterValue, 'Install a public key on accounts and verify that it logs in')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Test that a key logs in, using no other key or password')
            [CompletionResult]::new('connect', 'connect', [CompletionResultType]::ParameterValue, 'Open a shell or run a command on a host')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a public key on accounts and verify that it is rejected')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'List the keys that can log in to accounts, and report problems with them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'sshk;help;keygen' {
            break
        }
        'sshk;help;show' {
            break
        }
        'sshk;help;convert' {
            break
        }
        'sshk;help;oneline' {
            break
        }
        'sshk;help;copy-id' {
            break
        }
        'sshk;help;test' {
            break
        }
        'sshk;help;connect' {
            break
        }
        'sshk;help;revoke' {
            break
        }
        'sshk;help;audit' {
            break
        }
        'sshk;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
