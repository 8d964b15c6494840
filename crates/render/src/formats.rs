//! The formats of documents and of problems; a line in a table is a format everywhere.

use std::fmt;

use oomkit_core::document::Document;

use crate::style::Style;

/// A function that writes what a format is for.
type Writer<T> = fn(&T, &Style, &mut dyn fmt::Write) -> fmt::Result;

/// Declares the module of every format and its entry in the table.
macro_rules! formats {
    (
        $(#[doc = $about:literal])+
        $name:ident of $shown:ty;
        $($(#[doc = $doc:literal])+ $variant:ident = $module:ident;)+
    ) => {
        $(mod $module;)+

        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
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

            /// Returns the format of a name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|format| format.name() == name)
            }

            pub(crate) const fn writer(self) -> $crate::formats::Writer<$shown> {
                match self {
                    $(Self::$variant => $module::write,)+
                }
            }
        }
    };
}

pub mod problems;

formats! {
    /// A format of documents.
    Format of Document;
    /// Text for the terminal.
    Text = text;
    /// Markdown for issues and runbooks.
    Markdown = markdown;
    /// One self-contained page.
    Html = html;
}

pub(crate) use html::page;

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
