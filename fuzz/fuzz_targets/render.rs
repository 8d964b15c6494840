//! Hostile names and texts in every format: no panic, and no control character reaches a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oomkit_core::document::{Block, Column, Document, Table, Tone};
use oomkit_core::ident::visible;
use oomkit_render::{Format, Style, render};

fuzz_target!(|data: (u8, Vec<Vec<u8>>)| {
    let (width, texts) = data;
    let texts: Vec<String> = texts.iter().map(|text| visible(text).into_owned()).collect();
    let document = document(&texts);
    for format in Format::ALL {
        let mut out = String::new();
        render(&document, *format, &Style::new(usize::from(width)), &mut out)
            .expect("a String takes everything");
        let control = out.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(control, None, "{} lets a control character through", format.name());
    }
});

fn document(texts: &[String]) -> Document {
    let mut document = Document::new();
    for text in texts {
        document.push(Block::Answer(Tone::Bad, text.clone()));
        document.push(Block::Heading(text.clone()));
        document.push(Block::Text(Tone::Plain, text.clone()));
    }
    document.push(Block::Facts(texts.iter().map(|text| (text.clone(), text.clone())).collect()));
    document.push(Block::Lines(texts.iter().map(|text| (text.clone(), text.clone())).collect()));
    document.push(Block::Notes(texts.to_vec()));
    document.push(Block::Table(Table {
        columns: vec![Column::words("name"), Column::figures("size")],
        rows: texts.iter().map(|text| vec![text.clone(), text.clone()]).collect(),
        marked: vec![0],
    }));
    document
}
