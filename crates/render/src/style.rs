//! Style: width, colors and character set, given from outside.

use anstyle::{AnsiColor, Style as Ansi};
use oomkit_core::document::Tone;

/// How text is to look; who calls knows the terminal, this crate does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    width: usize,
    colors: Colors,
    characters: Characters,
}

/// Whether escape sequences for colors may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// No escape sequences at all.
    Off,
    /// Colors and weights.
    On,
}

/// Which characters the reader's terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Characters {
    /// ASCII only; everything else is spelled out.
    Ascii,
    /// All of Unicode.
    Unicode,
}

impl Style {
    /// The narrowest width; what is narrower is taken for it.
    pub const NARROWEST: usize = 20;

    /// A style of this many columns, without colors, in Unicode.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { width: columns.max(Self::NARROWEST), colors: Colors::Off, characters: Characters::Unicode }
    }

    /// Sets whether colors may be written.
    #[must_use]
    pub const fn with_colors(self, colors: Colors) -> Self {
        Self { colors, ..self }
    }

    /// Sets which characters may be written.
    #[must_use]
    pub const fn with_characters(self, characters: Characters) -> Self {
        Self { characters, ..self }
    }

    /// Returns the columns of a line.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Returns which characters may be written.
    #[must_use]
    pub const fn characters(&self) -> Characters {
        self.characters
    }

    pub(crate) fn paint(&self, paint: Paint, line: &str) -> String {
        let ansi = paint.ansi();
        match self.colors {
            Colors::On if ansi != Ansi::new() => format!("{ansi}{line}{ansi:#}"),
            Colors::On | Colors::Off => line.to_owned(),
        }
    }
}

/// What a line of text is, which decides its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// The answer.
    Answer(Tone),
    /// A heading.
    Heading,
    /// Anything else.
    Body(Tone),
    /// A row that stands out.
    Marked,
}

impl Paint {
    fn ansi(self) -> Ansi {
        match self {
            Self::Answer(tone) => Self::Body(tone).ansi().bold(),
            Self::Heading | Self::Marked => Ansi::new().bold(),
            Self::Body(Tone::Plain) => Ansi::new(),
            Self::Body(Tone::Bad) => Ansi::new().fg_color(Some(AnsiColor::Red.into())),
            Self::Body(Tone::Doubtful) => Ansi::new().fg_color(Some(AnsiColor::Yellow.into())),
            Self::Body(Tone::Quiet) => Ansi::new().dimmed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_written_only_where_asked_for() {
        let plain = Style::new(80);
        assert_eq!(plain.paint(Paint::Answer(Tone::Bad), "x"), "x");
        let colored = plain.with_colors(Colors::On);
        assert_eq!(colored.paint(Paint::Answer(Tone::Bad), "x"), "\x1b[1m\x1b[31mx\x1b[0m");
        assert_eq!(colored.paint(Paint::Body(Tone::Plain), "x"), "x");
    }

    #[test]
    fn no_width_is_too_narrow() {
        assert_eq!(Style::new(0).width(), Style::NARROWEST);
    }
}
