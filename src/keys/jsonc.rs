//! JSON as configuration files have it: comments and trailing commas are allowed.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Where a text stops being JSON: line and column, from 1.
pub(crate) struct NotJson {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The one value of a text, with the place of each part of it; `None` if there is none.
pub(crate) fn parse(text: &str) -> Result<Option<Value<'_>>, NotJson> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => Ok(parsed.value),
        // Its own message may repeat the content.
        Err(error) => Err(NotJson { line: error.line_display(), column: error.column_display() }),
    }
}
