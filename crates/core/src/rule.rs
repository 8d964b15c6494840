//! Rule: a code, a name, a page for people, and a check over a model; the tables of rules.
//!
//! A rule is a value in a table, declared by [`rule!`](crate::rule!) in a file of its own.  Its doc
//! comment is the page that users read.  A check can say something only through
//! [`Findings::at`], which asks for the place that it rests on.

use crate::finding::{Confidence, Finding, Severity};

/// What rules judge, and what the places are made of that they point at.
pub trait Model: 'static {
    /// A place in the input.
    type Place: Clone + 'static;
}

/// A rule over a model.
pub struct Rule<M: Model> {
    /// The code, such as `OKD001`; it never changes its meaning.
    pub code: &'static str,
    /// The name in kebab case, which reads well after "ignore".
    pub name: &'static str,
    /// What it finds, as a fragment.
    pub summary: &'static str,
    /// The page in Markdown: what it checks, why it matters, when it fires.
    pub docs: &'static str,
    /// How bad a finding is, as a rule.
    pub severity: Severity,
    /// How sure a finding is, as a rule.
    pub confidence: Confidence,
    /// The check.
    pub check: fn(&M, &mut Findings<'_, M::Place>),
}

/// What people read of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code, such as `OKD001`.
    pub code: &'static str,
    /// The name in kebab case.
    pub name: &'static str,
    /// What the rule finds, as a fragment.
    pub summary: &'static str,
    /// The text in Markdown, from the first heading on.
    pub docs: String,
    /// How bad a finding is, as a rule.
    pub severity: Severity,
    /// How sure a finding is, as a rule.
    pub confidence: Confidence,
}

impl<M: Model> Rule<M> {
    /// Returns what people read of the rule.
    #[must_use]
    pub fn page(&self) -> Page {
        // A doc comment begins with the blank behind its slashes.
        let lines = self.docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        Page {
            code: self.code,
            name: self.name,
            summary: self.summary,
            docs: lines.collect::<Vec<_>>().join("\n"),
            severity: self.severity,
            confidence: self.confidence,
        }
    }
}

/// What the rules have found so far.
pub struct Findings<'a, P> {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    confidence: Confidence,
    out: &'a mut Vec<Finding<P>>,
}

impl<P> Findings<'_, P> {
    /// Says something about a place.
    pub fn at(&mut self, place: P, message: impl Into<String>) -> &mut Finding<P> {
        self.out.push_mut(Finding {
            code: self.code,
            name: self.name,
            severity: self.severity,
            confidence: self.confidence,
            message: message.into(),
            evidence: vec![place],
            remedy: None,
        })
    }
}

impl<P> Finding<P> {
    /// Names a further place that the finding rests on.
    pub fn and(&mut self, place: impl IntoIterator<Item = P>) -> &mut Self {
        self.evidence.extend(place);
        self
    }

    /// Says what to do.
    pub fn remedy(&mut self, remedy: impl Into<String>) -> &mut Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Says how bad this one is, where it is not as the rule has it.
    pub const fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Says how sure this one is, where it is not as the rule has it.
    pub const fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }
}

/// Runs rules over a model, and returns what they say in their order.
#[must_use]
pub fn run<M: Model>(rules: &[&'static Rule<M>], model: &M) -> Vec<Finding<M::Place>> {
    let mut out = Vec::new();
    for rule in rules {
        let mut findings = Findings {
            code: rule.code,
            name: rule.name,
            severity: rule.severity,
            confidence: rule.confidence,
            out: &mut out,
        };
        (rule.check)(model, &mut findings);
    }
    out
}

/// Declares a rule: the model, the page as a doc comment, the code and the name.
///
/// The check is the function `check` of the same file.
#[macro_export]
macro_rules! rule {
    (
        $model:ty;
        $(#[doc = $docs:literal])*
        $id:ident {
            code: $code:literal,
            name: $name:literal,
            summary: $summary:literal,
            severity: $severity:ident,
            confidence: $confidence:ident $(,)?
        }
    ) => {
        $(#[doc = $docs])*
        pub(crate) static $id: $crate::rule::Rule<$model> = $crate::rule::Rule {
            code: $code,
            name: $name,
            summary: $summary,
            docs: concat!($($docs, "\n"),*),
            severity: $crate::finding::Severity::$severity,
            confidence: $crate::finding::Confidence::$confidence,
            check,
        };
    };
}

/// Declares the rules of a folder: each line is a file and the rule in it.
#[macro_export]
macro_rules! rules {
    ($model:ty; $(#[doc = $docs:literal])* $table:ident = [$($file:ident::$id:ident),* $(,)?]) => {
        $(mod $file;)*

        $(#[doc = $docs])*
        pub(crate) static $table: &[&$crate::rule::Rule<$model>] = &[$(&$file::$id),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) struct Numbers(Vec<u8>);

    impl Model for Numbers {
        type Place = usize;
    }

    crate::rule! {
        Numbers;
        /// Finds odd numbers.
        ///
        /// They do not halve.
        ODD {
            code: "T001",
            name: "odd",
            summary: "an odd number",
            severity: Warning,
            confidence: High,
        }
    }

    fn check(model: &Numbers, findings: &mut Findings<'_, usize>) {
        for (at, number) in model.0.iter().enumerate().filter(|(_, number)| *number % 2 == 1) {
            let finding = findings.at(at, format!("{number} is odd")).remedy("add one");
            if *number == 1 {
                finding.severity(Severity::Note).confidence(Confidence::Low).and([at + 10]);
            }
        }
    }

    #[test]
    fn a_rule_is_a_value_with_a_page() {
        assert_eq!(ODD.page().docs, "Finds odd numbers.\n\nThey do not halve.");
        let found = run(&[&ODD], &Numbers(vec![1, 2, 3]));
        let said: Vec<_> = found
            .iter()
            .map(|finding| (finding.message.as_str(), finding.severity, finding.evidence.as_slice()))
            .collect();
        assert_eq!(
            said,
            [("1 is odd", Severity::Note, &[0, 10][..]), ("3 is odd", Severity::Warning, &[2][..])]
        );
    }
}
