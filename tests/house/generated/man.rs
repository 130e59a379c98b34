//! Man pages: options from clap_mangen, examples from the help, the rest from `pages`.

use clap::{Arg, ArgAction, Command};
use clap_mangen::Man;
use sshk::error::Kind;

use crate::generated::pages::{self, DATE, ENVIRONMENT, FILES, JSON_ERROR, Page, SSHK};

/// File name and text of each page.
pub fn pages(sshk: &Command) -> Vec<(String, String)> {
    let names: Vec<_> =
        commands(sshk).map(|command| format!("sshk-{}", command.get_name())).collect();
    let mut pages = vec![("sshk.1".to_owned(), sshk_page(sshk, &names))];
    for command in commands(sshk) {
        let page = pages::of(command.get_name()).unwrap_or_default();
        pages
            .push((format!("sshk-{}.1", command.get_name()), command_page(command, &page, &names)));
    }
    pages
}

/// All except `sshk help`, which clap generates.
pub fn commands(sshk: &Command) -> impl Iterator<Item = &Command> {
    sshk.get_subcommands().filter(|command| command.get_name() != "help")
}

fn sshk_page(sshk: &Command, names: &[String]) -> String {
    let mut roff = head(sshk, "sshk", &SSHK);
    roff.section("COMMANDS");
    for command in commands(sshk) {
        roff.item(&format!("`sshk-{}`(1)", command.get_name()), &format!("{}.", about(command)));
    }
    roff.options(sshk);
    common_sections(&mut roff, sshk, &SSHK);
    roff.section("KINDS OF FAILURE");
    roff.paragraph(JSON_ERROR);
    for (kind, meaning) in Kind::ALL.iter().map(|kind| (kind.as_str(), kind.meaning())) {
        roff.item(&format!("`{kind}`"), &format!("{meaning}."));
    }
    see_also(&mut roff, names, "sshk");
    roff.text
}

fn command_page(command: &Command, page: &Page, names: &[String]) -> String {
    let name = format!("sshk-{}", command.get_name());
    let mut roff = head(command, &name, page);
    roff.options(command);
    if !page.json.is_empty() {
        roff.section("JSON");
        roff.items(page.json);
        roff.paragraph(
            "A failure has `\"status\": \"failed\"` and `\"error\": \
            {\"kind\", \"message\", \"hint\"}`; `sshk`(1) lists the kinds.",
        );
    }
    common_sections(&mut roff, command, page);
    see_also(&mut roff, names, &name);
    roff.text
}

fn head(command: &Command, name: &str, page: &Page) -> Roff {
    let mut roff = Roff::default();
    // A straight apostrophe, which can be pasted, where a formatter would curl it.
    roff.text.push_str(".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n");
    let (title, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    roff.text.push_str(&format!(
        ".TH \"{title}\" \"1\" \"{DATE}\" \"sshk {version}\" \"User Commands\"\n"
    ));
    roff.section("NAME");
    roff.paragraph(&format!("{name} - {}", about(command)));
    roff.section("SYNOPSIS");
    roff.paragraph(&synopsis(command));
    roff.section("DESCRIPTION");
    for paragraph in page.description {
        roff.paragraph(paragraph);
    }
    roff
}

fn about(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_owned()
}

/// The command's own options, each with its value.
fn synopsis(command: &Command) -> String {
    let mut words = vec![match command.get_name() {
        "sshk" => "`sshk` [OPTION]... COMMAND".to_owned(),
        name => format!("`sshk {name}`"),
    }];
    let own = command.get_arguments().filter(|arg| {
        !arg.is_global_set() && !["help", "version"].contains(&arg.get_id().as_str())
    });
    let (positional, options): (Vec<_>, Vec<_>) = own.partition(|arg| arg.is_positional());
    words.extend(options.into_iter().map(|arg| format!("[{}]", option(arg))));
    words.extend(positional.into_iter().map(|arg| {
        let many = if matches!(arg.get_action(), ArgAction::Append) { "..." } else { "" };
        let name = value(arg);
        if arg.is_required_set() { format!("{name}{many}") } else { format!("[{name}]{many}") }
    }));
    words.join(" ")
}

fn option(arg: &Arg) -> String {
    let letter = match (arg.get_short(), arg.get_long()) {
        (Some(short), _) => format!("`-{short}`"),
        (None, Some(long)) => format!("`--{long}`"),
        (None, None) => String::new(),
    };
    if arg.get_action().takes_values() { format!("{letter} {}", value(arg)) } else { letter }
}

fn value(arg: &Arg) -> String {
    arg.get_value_names()
        .and_then(|names| names.first())
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn common_sections(roff: &mut Roff, command: &Command, page: &Page) {
    roff.section("EXIT STATUS");
    roff.items(page.exit_status);
    roff.section("ENVIRONMENT");
    let is_used =
        |entry: &&(&str, &str)| page.environment.is_empty() || page.environment.contains(&entry.0);
    ENVIRONMENT
        .iter()
        .filter(is_used)
        .for_each(|(name, meaning)| roff.item(&format!("`{name}`"), meaning));
    roff.section("FILES");
    let is_used = |entry: &&(&str, &str)| page.files.is_empty() || page.files.contains(&entry.0);
    FILES
        .iter()
        .filter(is_used)
        .for_each(|(name, meaning)| roff.item(&format!("`{name}`"), meaning));
    roff.section("EXAMPLES");
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help
        .lines()
        .skip_while(|line| *line != "Examples:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    roff.verbatim(lines.map(|line| line.strip_prefix("  ").unwrap_or(line)));
}

fn see_also(roff: &mut Roff, names: &[String], own: &str) {
    roff.section("SEE ALSO");
    let ours = std::iter::once("sshk")
        .chain(names.iter().map(String::as_str))
        .filter(|name| *name != own)
        .map(|name| format!("`{name}`(1)"));
    let theirs =
        ["ssh", "ssh-keygen", "ssh-copy-id", "ssh-agent"].map(|name| format!("`{name}`(1)"));
    let files = ["`ssh_config`(5)".to_owned(), "`sshd`(8)".to_owned()];
    roff.paragraph(&ours.chain(theirs).chain(files).collect::<Vec<_>>().join(", "));
}

/// A page being built, in the macros of man(7). Backquotes in the text make bold.
#[derive(Default)]
struct Roff {
    text: String,
}

impl Roff {
    /// As clap_mangen writes them, without its preamble and the empty lines around possible values,
    /// which formatters complain about.
    fn options(&mut self, command: &Command) {
        let mut rendered = Vec::new();
        Man::new(command.clone()).render_options_section(&mut rendered).unwrap();
        let rendered = String::from_utf8(rendered).unwrap().replace("\n.br\n\n.br\n", "\n.br\n");
        for line in rendered.lines().skip_while(|line| !line.starts_with(".SH")) {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    fn section(&mut self, name: &str) {
        self.text.push_str(&format!(".SH \"{name}\"\n"));
    }

    fn paragraph(&mut self, text: &str) {
        if !self.text.lines().last().is_some_and(|line| line.starts_with(".SH")) {
            self.text.push_str(".PP\n");
        }
        self.line(text);
    }

    fn item(&mut self, tag: &str, text: &str) {
        self.text.push_str(".TP\n");
        self.line(tag);
        self.line(text);
    }

    fn items(&mut self, items: &[(&str, &str)]) {
        items.iter().for_each(|(tag, text)| self.item(&format!("`{tag}`"), text));
    }

    fn verbatim<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        self.text.push_str(".nf\n");
        lines.for_each(|line| self.text.push_str(&format!("{}\n", escaped(line))));
        self.text.push_str(".fi\n");
    }

    fn line(&mut self, text: &str) {
        for (place, part) in text.split('`').enumerate() {
            match place % 2 {
                0 => self.text.push_str(&escaped(part)),
                _ => self.text.push_str(&format!("\\fB{}\\fR", escaped(part))),
            }
        }
        self.text.push('\n');
    }
}

/// The text with everything escaped that roff would interpret; an apostrophe stays straight.
fn escaped(text: &str) -> String {
    let plain = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\*(Aq")
        .replace('`', "\\(ga")
        .replace('~', "\\(ti");
    if plain.starts_with('.') { format!("\\&{plain}") } else { plain }
}
