//! Output formats: a document in, text out.
