//! The formats of documents; a line here is a format everywhere.

use std::fmt;

use oomkit_core::document::Document;

use crate::style::Style;

type Writer = fn(&Document, &Style, &mut dyn fmt::Write) -> fmt::Result;

/// Declares the module of every format and its entry in the table.
macro_rules! formats {
    ($($(#[doc = $doc:literal])+ $variant:ident = $module:ident;)+) => {
        $(mod $module;)+

        /// A format of documents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Format {
            /// All formats, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name by which users ask for the format.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($module),)+
                }
            }

            /// Returns what the format is for.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_start(),)+
                }
            }

            pub(crate) const fn writer(self) -> Writer {
                match self {
                    $(Self::$variant => $module::write,)+
                }
            }
        }
    };
}

formats! {
    /// Text for the terminal.
    Text = text;
    /// Markdown for issues and runbooks.
    Markdown = markdown;
    /// One self-contained page.
    Html = html;
}

pub(crate) use html::page;

impl Format {
    /// Returns the format of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::by_name(format.name()), Some(*format));
            assert!(format.summary().ends_with('.'));
        }
        assert_eq!(Format::by_name("yaml"), None);
    }
}
